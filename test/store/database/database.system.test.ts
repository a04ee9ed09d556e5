import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { Database } from '../../../src/store/database/database.js';
import { withClient } from '../../../src/store/database/migrations.js';
import { INTERNAL } from '../../../src/store/sharing/work.js';
import {
  createDatabaseOn,
  prepareTemplate,
  startPgBouncer,
  startPostgres,
  type TestPgBouncer,
  type TestPostgres,
  until,
} from '../../support/index.js';
import { GaugeOfTest } from '../../support/metrics.js';
import { standStill } from '../../support/stand-still.js';

let postgres: TestPostgres;
let bouncer: TestPgBouncer;
let url: string;
beforeAll(async () => {
  postgres = await startPostgres();
  await prepareTemplate(postgres.url);
  ({ url } = await createDatabaseOn(postgres.url));
  bouncer = await startPgBouncer(postgres);
}, 60_000);
afterAll(async () => {
  await bouncer.stop();
  await postgres.stop();
});

const open = (databaseUrl: string, poolMax = 2) =>
  new Database({ databaseUrl, poolMax, metrics: noMetrics, logger: silentLogger });

const running = (query: string): Promise<number> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ n: number }>(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE state = 'active' AND query LIKE $1 AND pid <> pg_backend_pid()`,
      [`${query}%`],
    );
    return rows[0]?.n ?? 0;
  });

const giveUp = (database: Database) =>
  expect(database.query('SELECT pg_sleep(600) WHERE $1', [true], { work: INTERNAL, timeoutMs: 300 })).rejects.toMatchObject({
    code: 'SERVICE_UNAVAILABLE',
  });

describe('a connection that is lent', () => {
  it('comes back, and is given up where the server is mute', async () => {
    const database = open(url, 1);
    const ask = () => database.lend(async (client) => (await client.query('SELECT 7 AS n')).rows);
    expect(await ask()).toEqual([{ n: 7 }]);
    await postgres.pause();
    try {
      await expect(ask()).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    } finally {
      await postgres.resume();
    }
    expect(await ask()).toEqual([{ n: 7 }]);
    await database.close();
  });
});

describe('a statement that is given up for its time', () => {
  it('is not one whose answer came while this process stood still', async () => {
    const database = open(url);
    await database.query('SELECT 1', [], { work: INTERNAL });
    // Long enough to be seen, which takes a connection of its own, and over before its time is.
    const answer = database.query('SELECT 7 AS n FROM pg_sleep(1.5)', [], { work: INTERNAL, timeoutMs: 2_000 });
    await until('the statement to run', async () => (await running('SELECT 7')) === 1);
    standStill(2_500);
    expect(await answer).toEqual([{ n: 7 }]);
    expect(database.available).toBe(true);
    await database.close();
  });

  it('is not one whose connection was made while this process stood still', async () => {
    const database = open(url);
    const answer = database.query('SELECT 7 AS n', [], { work: INTERNAL });
    // Beyond every time limit of a connect, before anything of it was read.
    standStill(3_500);
    expect(await answer).toEqual([{ n: 7 }]);
    expect(database.available).toBe(true);
    await database.close();
  }, 10_000);

  it('does not make the database look away while others are answered', async () => {
    const database = open(url);
    const answers = { stop: false };
    const others = (async () => {
      while (!answers.stop) await database.query('SELECT 1', [], { work: INTERNAL });
    })();
    const slow = database.query('SELECT pg_sleep(600) WHERE $1', [true], { work: INTERNAL, timeoutMs: 300 });
    await expect(slow).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('busy') });
    expect(database.available).toBe(true);
    answers.stop = true;
    await others;
    await database.close();
  });

  it('is one that may take long, too, once the server is mute', async () => {
    const database = open(url);
    await database.query('SELECT 1', [], { work: INTERNAL });
    const long = database.query('SELECT pg_sleep(600) WHERE $1', [true], { work: INTERNAL, timeoutMs: 120_000 });
    const given = expect(long).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringContaining('away') });
    await until('the statement to run', async () => (await running('SELECT pg_sleep')) === 1);
    await postgres.pause();
    try {
      const other = database.query('SELECT 1', [], { work: INTERNAL });
      await Promise.all([given, expect(other).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })]);
      const first = await Promise.race([
        database.query('SELECT 1', [], { work: INTERNAL }).catch(() => 'one that is tried'),
        database.query('SELECT 1', [], { work: INTERNAL, unlessSilent: true }).catch(() => 'one that is not'),
      ]);
      expect(first).toBe('one that is not');
      const begin = database.transaction(({ query }) => query('SELECT 1', []), { work: INTERNAL, timeoutMs: 120_000 });
      await expect(begin).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    } finally {
      await postgres.resume();
    }
    await until('the server to end it', async () => (await running('SELECT pg_sleep')) === 0);
    await database.close();
  }, 30_000);

  it('is ended on the server, too', async () => {
    const database = open(url);
    const given = giveUp(database);
    await until('the statement to run', async () => (await running('SELECT pg_sleep')) === 1);
    await given;
    await until('the server to end it', async () => (await running('SELECT pg_sleep')) === 0);
    await database.close();
  });

  // PgBouncer 1.18 and 1.19 can exit on a cancel request.
  it('is not cancelled through PgBouncer, whose other connections go on', async () => {
    const database = open(bouncer.urlOf(new URL(url).pathname.slice(1)));
    const given = giveUp(database);
    await until('the statement to run', async () => (await running('SELECT pg_sleep')) === 1);
    await given;
    expect(await database.query('SELECT 1 AS one WHERE $1', [true], { work: INTERNAL })).toEqual([{ one: 1 }]);
    expect(await running('SELECT pg_sleep')).toBe(1);
    await database.close();
  });

  it('is not cancelled in its commit, which would show what the replica does not have', async () => {
    await withClient(url, (client) => client.query('CREATE TABLE commits (n int)'));
    const replicas = (names: string) =>
      withClient(url, async (client) => {
        await client.query(`ALTER SYSTEM SET synchronous_standby_names = '${names}'`);
        await client.query('SELECT pg_reload_conf()');
      });
    const waiting = () =>
      withClient(url, async (client) => {
        const { rows } = await client.query(`SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'`);
        return rows.length;
      });
    const visible = () => withClient(url, async (client) => (await client.query('SELECT n FROM commits ORDER BY n')).rows);
    await replicas('absent');
    const database = open(url);
    const insert = 'INSERT INTO commits VALUES ($1) RETURNING n';
    const given = [
      database.query(insert, [1], { work: INTERNAL, write: true, timeoutMs: 300 }),
      database.transaction(({ query }) => query(insert, [2]), { work: INTERNAL, timeoutMs: 300 }),
    ];
    const unknown = { code: 'SERVICE_UNAVAILABLE', details: { outcome: 'UNKNOWN' } };
    const refused = Promise.all(given.map((one) => expect(one).rejects.toMatchObject(unknown)));
    await until('both to wait for the replica', async () => (await waiting()) === 2);
    await refused;
    // The close ends its connections; a cancel request would have gone out before that.
    await database.close();
    expect(await visible()).toEqual([]);
    expect(await waiting()).toBe(2);
    await replicas('');
    await until('both to be committed', async () => (await visible()).length === 2);
  });

  it('has what is left of its time when it has waited for a connection', async () => {
    const gauge = new GaugeOfTest();
    const metrics = { ...noMetrics, databaseWaiting: gauge };
    const database = new Database({ databaseUrl: url, poolMax: 1, metrics, logger: silentLogger });
    let release = () => {};
    const held = database.transaction(
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
      { work: INTERNAL },
    );
    await until('the only connection to be taken', () => database.pool.idleCount === 0 && database.pool.totalCount === 1);
    const begun = performance.now();
    const statement = database.query('SELECT pg_sleep(600) WHERE $1', [true], { work: INTERNAL, timeoutMs: 3_000 });
    const given = statement.then(String, (error: Error) => String(error.cause));
    await until('it to wait', () => gauge.value() === 1);
    await until('some of its time to be gone', () => performance.now() - begun > 1_000);
    release();
    await held;
    const [, allowed] = /no answer within ([\d.]+) ms/.exec((await given) ?? '') ?? [];
    expect(Number(allowed)).toBeGreaterThanOrEqual(1_000);
    expect(Number(allowed)).toBeLessThan(2_000);
    await database.close();
  });
});

describe('a statement that has a name', () => {
  const named = (database: Database) =>
    database.query<{ one: number }>('SELECT $1::int AS one', [1], { work: INTERNAL, prepareAs: 'one' });
  const prepared = async (database: Database) => {
    const { rows } = await database.pool.query<{ name: string }>('SELECT name FROM pg_prepared_statements');
    return rows.map(({ name }) => name);
  };

  it('is prepared on a connection to the server itself', async () => {
    const database = open(url, 1);
    expect(await named(database)).toEqual([{ one: 1 }]);
    expect(await prepared(database)).toEqual(['one']);
    expect(await named(database)).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('is not prepared through PgBouncer', async () => {
    const database = open(bouncer.urlOf(new URL(url).pathname.slice(1)), 1);
    expect(await named(database)).toEqual([{ one: 1 }]);
    expect(await prepared(database)).toEqual([]);
    await database.close();
  });

  it('is answered though the server does not have it', async () => {
    const database = open(url, 1);
    await named(database);
    await database.pool.query('DEALLOCATE ALL');
    expect(await named(database)).toEqual([{ one: 1 }]);
    expect(await named(database)).toEqual([{ one: 1 }]);
    expect(await prepared(database)).toEqual([]);
    await database.close();
  });

  it('gets a new plan once its table has grown, though nobody has told the server', async () => {
    const database = open(url, 1);
    await database.pool.query('CREATE TABLE growing (n int PRIMARY KEY) WITH (autovacuum_enabled = off)');
    await database.pool.query('INSERT INTO growing VALUES (0)');
    await database.pool.query('VACUUM ANALYZE growing');
    const find = () => database.query('SELECT n FROM growing WHERE n = $1', [0], { work: INTERNAL, prepareAs: 'find' });
    const plan = async () => {
      await find();
      const { rows } = await database.pool.query<{ 'QUERY PLAN': string }>('EXPLAIN EXECUTE find(0)');
      return rows[0]?.['QUERY PLAN'] ?? '';
    };
    // PostgreSQL may keep a plan from the sixth time on.
    for (let times = 0; times < 6; times++) await find();
    expect(await plan()).toContain('Seq Scan');
    await database.pool.query('INSERT INTO growing SELECT generate_series(1, 20000)');
    await until('a plan for the table as it is', async () => (await plan()).includes('Index'));
    await database.close();
  });
});

describe('the session of a connection', () => {
  const settings = [
    'DateStyle',
    'TimeZone',
    'array_nulls',
    'default_transaction_isolation',
    'statement_timeout',
    'idle_session_timeout',
  ];
  const wanted = ['ISO, MDY', 'UTC', 'on', 'read committed', '0', '0'];
  const ask = (database: Database) =>
    database.query<{ now: string }>('SELECT current_setting(s) AS now FROM unnest($1::text[]) AS s', [settings], {
      work: INTERNAL,
    });

  it('has the settings that we depend on, whatever the database has', async () => {
    const name = new URL((await createDatabaseOn(postgres.url)).url).pathname.slice(1);
    const odd = ["'German, DMY'", "'Asia/Kolkata'", 'off', 'serializable', "'50ms'", "'50ms'"];
    await withClient(postgres.url, async (client) => {
      for (const [i, value] of odd.entries()) await client.query(`ALTER DATABASE ${name} SET ${settings[i]} = ${value}`);
    });
    const database = open(postgres.urlOf(name));
    expect((await ask(database)).map(({ now }) => now)).toEqual(wanted);
    await database.close();
  });

  it('leaves none of them behind at a PgBouncer', async () => {
    const name = new URL((await createDatabaseOn(postgres.url)).url).pathname.slice(1);
    await withClient(postgres.url, (client) => client.query(`ALTER DATABASE ${name} SET statement_timeout = '1h'`));
    const database = open(bouncer.urlOf(name));
    expect((await ask(database)).map(({ now }) => now)).toEqual(wanted.with(4, '1h'));
    await database.close();
  });
});
