import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { Database } from '../../src/store/database/database.js';
import type { Store } from '../../src/store/index.js';
import { INTERNAL } from '../../src/store/sharing/work.js';
import { drain, messageOf, push, pushCall, someKey, someTenant } from '../contract/store-harness.js';
import {
  createDatabaseOn,
  prepareTemplate,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
  until,
} from '../support/index.js';
import { openStore } from './open.js';

const away = (outcome: string) => ({ code: 'SERVICE_UNAVAILABLE', details: { outcome } });

describe('a database that goes away', () => {
  let postgres: TestPostgres;
  let database: TestDatabase;
  let store: Store;
  beforeAll(async () => {
    postgres = await startPostgres();
    await prepareTemplate(postgres.url);
    database = await createDatabaseOn(postgres.url);
    store = await openStore(database.url);
  }, 60_000);
  afterAll(async () => {
    await store.close();
    await postgres.stop();
  });
  // Waits until the database answers again after what the test before did to it.
  beforeEach(() =>
    until('the database answers', async () => (await store.standing(someTenant(), 'r').catch(() => null)) !== null),
  );

  const admin = async <Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: database.url });
    client.on('error', () => {});
    await client.connect();
    try {
      return (await client.query<Row>(sql, values)).rows;
    } finally {
      await client.end();
    }
  };
  const waiting = () =>
    admin<{ pid: number }>(
      `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() AND query LIKE '%messages%'`,
    );

  /** Locks the table until a writer waits for it, then does something to the writer. */
  const whileWriting = async (write: () => Promise<unknown>, meanwhile: (pid: number) => Promise<unknown>) => {
    const holder = new pg.Client({ connectionString: database.url });
    holder.on('error', () => {});
    await holder.connect();
    await holder.query('BEGIN; LOCK TABLE messages IN SHARE MODE');
    const outcome = write().then(
      () => null,
      (error) => error,
    );
    await until('a writer waits', async () => (await waiting()).length > 0);
    await meanwhile((await waiting())[0]?.pid ?? 0);
    const result = await outcome;
    await holder.query('ROLLBACK').catch(() => {});
    await holder.end().catch(() => {});
    return result;
  };
  const terminate = (pid: number) => admin('SELECT pg_terminate_backend($1)', [pid]);

  it('refuses while nothing listens, and works as soon as it is back', async () => {
    const tenantId = someTenant();
    await push(store, tenantId, 'r');
    await postgres.shutdown();
    await expect(store.push(pushCall(tenantId, 'r'))).rejects.toMatchObject(away('NOT_ACCEPTED'));
    await expect(store.push(pushCall(tenantId, 'r', { idempotency: someKey('k') }))).rejects.toMatchObject(away('NOT_ACCEPTED'));
    await expect(store.findMessage(tenantId, randomUUID())).rejects.toMatchObject(away('NOT_ACCEPTED'));
    await expect(store.listTenants()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(store.findKey(Buffer.alloc(32))).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(store.available).toBe(false);
    const late = await openStore(database.url);
    expect(late.available).toBe(false);
    await postgres.restart();
    await until('the late store sees it', () => late.available);
    await push(store, tenantId, 'r');
    expect(store.available).toBe(true);
    expect(await drain(late, tenantId, 'r')).toHaveLength(2);
    await late.close();
  }, 30_000);

  it('calls the outcome unknown when the connection breaks while a push may be committing', async () => {
    const tenantId = someTenant();
    const error = await whileWriting(() => store.push(pushCall(tenantId, 'r')), terminate);
    expect(error).toMatchObject(away('UNKNOWN'));
    expect(await push(store, tenantId, 'r')).toHaveLength(1);
  });

  it('knows that a transaction was not accepted when the connection broke before its commit', async () => {
    const tenantId = someTenant();
    const call = pushCall(tenantId, 'r', { idempotency: someKey('k') });
    expect(await whileWriting(() => store.push(call), terminate)).toMatchObject(away('NOT_ACCEPTED'));
    expect((await store.push(call)).replayed).toBe(false);
    expect(await drain(store, tenantId, 'r')).toHaveLength(1);
  });

  it('outlives a server that dies without a word while a push is under way', async () => {
    const tenantId = someTenant();
    const error = await whileWriting(
      () => store.push(pushCall(tenantId, 'r')),
      () => postgres.kill(),
    );
    expect(error).toMatchObject(away('UNKNOWN'));
    await postgres.restart();
    await until('the store sees it', () => store.available);
    expect(await push(store, tenantId, 'r')).toHaveLength(1);
  }, 30_000);

  it('gives up on a server that has stopped: unknown for what was sent, refused for what waited', async () => {
    const tenantId = someTenant();
    await push(store, tenantId, 'r');
    await postgres.pause();
    const first = store.push(pushCall(tenantId, 'r')).catch((error) => error);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    const second = store.push(pushCall(tenantId, 'r')).catch((error) => error);
    expect(await second).toMatchObject(away('NOT_ACCEPTED'));
    expect(await first).toMatchObject(away('UNKNOWN'));
    expect(store.available).toBe(false);
    await postgres.resume();
    await until('the store sees it', () => store.available);
  }, 30_000);

  it('lets what waits through when it goes on after a stall, of a disk say, that was shorter than a failure', async () => {
    const tenantId = someTenant();
    await push(store, tenantId, 'r');
    const witness = new Database({ databaseUrl: database.url, poolMax: 1, metrics: noMetrics, logger: silentLogger });
    await witness.query('SELECT 1', [], { work: INTERNAL });
    await postgres.pause();
    const asked = witness.query('SELECT 1', [], { work: INTERNAL });
    const pushes = [store.push(pushCall(tenantId, 'r'))];
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    pushes.push(store.push(pushCall(tenantId, 'r')));
    await until('nothing is heard for 1.8 s', () => witness.silentMs > 1_800);
    await postgres.resume();
    await Promise.all([asked, ...pushes]);
    expect(await drain(store, tenantId, 'r')).toHaveLength(3);
    await witness.close();
  }, 30_000);

  it('is seen to be away, and to be back, by a store that has nothing to ask it', async () => {
    const idle = await openStore(database.url);
    expect(idle.available).toBe(true);
    await postgres.pause();
    try {
      await until('the idle store misses it', () => !idle.available);
    } finally {
      await postgres.resume();
    }
    await until('the idle store sees it', () => idle.available);
    await idle.close();
  }, 30_000);

  it('does not use a server that became read-only, and comes back', async () => {
    const tenantId = someTenant();
    const [id] = await push(store, tenantId, 'r');
    await admin(`ALTER SYSTEM SET default_transaction_read_only = on`);
    await admin('SELECT pg_reload_conf()');
    await until(
      'the setting is on',
      async () => (await admin<{ on: string }>(`SELECT current_setting('default_transaction_read_only') AS on`))[0]?.on === 'on',
    );
    await until(
      'pushes are refused',
      async () => (await store.push(pushCall(tenantId, 'r')).catch((error) => error)).code === 'SERVICE_UNAVAILABLE',
    );
    await expect(store.push(pushCall(tenantId, 'r'))).rejects.toMatchObject(away('NOT_ACCEPTED'));
    expect(store.available).toBe(false);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query('SET default_transaction_read_only = off');
    await client.query('ALTER SYSTEM RESET default_transaction_read_only');
    await client.query('SELECT pg_reload_conf()');
    await client.end();
    await until('the store sees it', () => store.available);
    await push(store, tenantId, 'r');
    expect((await messageOf(store, tenantId, id)).status).toBe('PENDING');
  }, 30_000);

  it('waits for the disk at every commit, whatever the server is set to', async () => {
    for (const statement of [
      'CREATE TABLE commits (what text, setting text)',
      `CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN INSERT INTO commits VALUES (TG_TABLE_NAME || ' ' || TG_OP, current_setting('synchronous_commit')); RETURN NULL; END $$`,
      ...['messages', 'global_messages', 'revocations', 'api_keys', 'tenants', 'live_topics', 'event_rules', 'alert_rules'].map(
        (table) => `CREATE CONSTRAINT TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON ${table}
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note()`,
      ),
      'ALTER SYSTEM SET synchronous_commit = off',
      'SELECT pg_reload_conf()',
    ]) {
      await admin(statement);
    }
    await until(
      'the setting is on',
      async () => (await admin<{ now: string }>(`SELECT current_setting('synchronous_commit') AS now`))[0]?.now === 'off',
    );
    const { id: tenantId } = await store.createTenant('durable');
    const key = await store.createKey({
      tenantId,
      hash: Buffer.alloc(32, 1),
      prefix: 'p',
      name: null,
      scope: '',
      expiresAt: null,
    });
    await store.revokeKey(key.id);
    const [id] = await push(store, tenantId, 'r');
    await store.push(pushCall(tenantId, 'r', { idempotency: someKey('k') }));
    await store.push(
      pushCall(
        tenantId,
        Array.from({ length: 600 }, (_, i) => `r${i}`),
      ),
    );
    const { item } = await store.pushGlobal({ tenantId, message: 'g', topic: null, expiresAt: null, idempotency: null });
    await store.recordGlobals([{ tenantId, globalMessageId: item.id, recipient: 'r', revocation: 0, receipt: null }]);
    await store.settle([{ tenantId, rowId: id ?? '', kind: 'PONG', at: Date.now() }]);
    await store.cancel(tenantId, { ids: null, recipient: null, globalMessageId: item.id, topic: null });
    await store.erase(tenantId, 'r', 1_000);
    await store.directory.createTopic(tenantId, 't', false);
    await store.directory.destroyTopic(tenantId, 't', { system: false });
    await store.directory.setEventRule(tenantId, { entity: 'e', types: ['t'] });
    await store.directory.setEventRule(tenantId, { entity: 'e', types: [] });
    await store.directory.createAlertRule(tenantId, { code: 'c', topic: 't', condition: 'true' });
    await store.directory.deleteAlertRule(tenantId, 'c');
    await store.createFirstKey('first', { hash: Buffer.alloc(32, 2), prefix: 'p', name: null, scope: '' });
    await store.disableTenant('durable');
    const noted = await admin<{ what: string; setting: string }>('SELECT DISTINCT what, setting FROM commits ORDER BY 1, 2');
    expect(noted).toEqual(
      [
        'alert_rules DELETE',
        'alert_rules INSERT',
        'api_keys INSERT',
        'api_keys UPDATE',
        'event_rules DELETE',
        'event_rules INSERT',
        'global_messages INSERT',
        'global_messages UPDATE',
        'live_topics DELETE',
        'live_topics INSERT',
        'messages DELETE',
        'messages INSERT',
        'messages UPDATE',
        'revocations INSERT',
        'tenants INSERT',
        'tenants UPDATE',
      ].map((what) => ({ what, setting: 'on' })),
    );
  }, 30_000);
});

describe('small pushes', () => {
  it('do not wait behind large ones', async () => {
    const postgres = await startPostgres();
    await prepareTemplate(postgres.url);
    const database = await createDatabaseOn(postgres.url);
    const store = await openStore(database.url);
    const names = Array.from({ length: 5_000 }, (_, i) => `r${i}`);
    const [big, small] = [someTenant(), someTenant()];
    let finished = 0;
    const large = Array.from({ length: 12 }, async () => {
      await store.push(pushCall(big, names));
      finished++;
    });
    await Promise.all(Array.from({ length: 50 }, () => push(store, small, 'r')));
    expect(finished).toBeLessThan(12);
    await Promise.all(large);
    expect(await drain(store, small, 'r')).toHaveLength(50);
    await store.close();
    await postgres.stop();
  }, 60_000);
});
