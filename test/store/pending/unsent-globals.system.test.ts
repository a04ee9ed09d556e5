import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { pushCall, someTenant } from '../../contract/store-harness.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { openStore } from '../open.js';

const RECIPIENTS = Array.from({ length: 500 }, (_, i) => `r${i}`);
const GLOBALS = 20;

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await createDatabase();
  store = await openStore(database.url);
}, 60_000);
afterAll(async () => {
  await store.close();
  await database.drop();
});

/** Counts the index entries and rows of `messages` that were looked at so far. */
const looks = (): Promise<number> =>
  withClient(database.url, async (client) => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<{ n: number }>(
      `SELECT ((SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname = 'messages')
         + (SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_user_tables WHERE relname = 'messages'))::float8 AS n`,
    );
    return rows[0]?.n ?? 0;
  });

test('which globals a recipient has not got costs a look each, before the planner knows anything of the tables, too', async () => {
  const tenantId = someTenant();
  await withClient(database.url, (client) => client.query('ALTER TABLE messages SET (autovacuum_enabled = false)'));
  const expiresAt = new Date(Date.now() + 600_000);
  for (let n = 0; n < GLOBALS; n++) {
    const { item } = await store.pushGlobal({ tenantId, message: `global ${n}`, topic: null, expiresAt, idempotency: null });
    const receipt = { kind: 'PONG' as const, at: Date.now() };
    const made = RECIPIENTS.map((recipient) => ({ tenantId, globalMessageId: item.id, recipient, revocation: 0, receipt }));
    await store.recordGlobals(made);
  }
  for (let n = 0; n < 4; n++) await store.push(pushCall(tenantId, RECIPIENTS));
  const { item } = await store.pushGlobal({ tenantId, message: 'new', topic: null, expiresAt, idempotency: null });
  // A session reports what it has counted when it ends.
  await store.close();
  store = await openStore(database.url);
  const before = await looks();

  const unsent = await Promise.all(RECIPIENTS.map((recipient) => store.unsentGlobals(tenantId, recipient, null)));
  expect(new Set(unsent.map((globals) => globals.map(({ id }) => id).join()))).toEqual(new Set([item.id]));
  await store.close();
  store = await openStore(database.url);
  await until('the looks to be counted', async () => (await looks()) > before);
  expect((await looks()) - before).toBeLessThan(3 * RECIPIENTS.length * (GLOBALS + 1));
}, 60_000);
