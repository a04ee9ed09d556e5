import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { Database } from '../../../src/store/database/database.js';
import { PUSHES, readOf, recallOf, SETTLEMENTS, type Work } from '../../../src/store/sharing/work.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { CounterOfTest, GaugeOfTest } from '../../support/metrics.js';

const LOCK = 4711;

let made: TestDatabase;
let holder: pg.Client;
beforeAll(async () => {
  made = await createDatabase();
  holder = new pg.Client({ connectionString: made.url });
  await holder.connect();
});
afterAll(async () => {
  await holder.end();
  await made.drop();
});

/** A database whose statements end when the test says so: those that wait for a lock. */
class HeldDatabase {
  readonly waiting = new GaugeOfTest();
  readonly busy = new CounterOfTest();
  readonly database: Database;
  readonly #ends: Array<Promise<unknown>> = [];

  constructor(poolMax: number) {
    const metrics = { ...noMetrics, databaseWaiting: this.waiting, databaseBusy: this.busy };
    this.database = new Database({ databaseUrl: made.url, poolMax, metrics, logger: silentLogger });
  }

  /** Begins statements that hold their connections until `letGo`. */
  async hold(works: readonly Work[], running = works.length): Promise<void> {
    await holder.query('SELECT pg_advisory_lock($1)', [LOCK]);
    const sql = 'SELECT pg_advisory_xact_lock_shared($1)';
    this.#ends.push(...works.map((work) => this.database.query(sql, [LOCK], { work, timeoutMs: 20_000 })));
    await until('the statements to hold their connections', async () => {
      const { rows } = await holder.query<{ n: number }>(
        `SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = $1`,
        [LOCK],
      );
      return rows[0]?.n === running;
    });
  }

  async letGo(): Promise<void> {
    await holder.query('SELECT pg_advisory_unlock($1)', [LOCK]);
    await Promise.all(this.#ends.splice(0));
  }

  ask(work: Work): Promise<unknown[]> {
    return this.database.query('SELECT 1 AS one WHERE $1', [true], { work });
  }
}

const times = (count: number, work: Work): Work[] => Array.from({ length: count }, () => work);
const ONE = [{ one: 1 }];

describe('the connections of a pool', () => {
  it('are not all of one tenant, whose statements take long', async () => {
    const held = new HeldDatabase(5);
    // Two of five at most; the rest waits.
    await held.hold(times(20, readOf('a')), 2);
    expect(held.waiting.value()).toBe(18);
    expect(await held.ask(readOf('b'))).toEqual(ONE);
    expect(await held.ask(PUSHES)).toEqual(ONE);
    expect(held.waiting.value()).toBe(18);
    await held.letGo();
    expect(held.busy.count).toBe(0);
    await held.database.close();
  });

  it('are there for receipts and pushes, however many tenants read or recall', async () => {
    const held = new HeldDatabase(10);
    const tenants = Array.from({ length: 8 }, (_, i) => String(i));
    // Reads leave three of ten free; recalls leave six, but one is always theirs.
    await held.hold([...tenants.flatMap((name) => times(3, readOf(name))), ...tenants.map(recallOf)], 8);
    expect(await held.ask(SETTLEMENTS)).toEqual(ONE);
    expect(await held.ask(PUSHES)).toEqual(ONE);
    await held.letGo();
    await held.database.close();
  });

  it('are waited for in turns by tenant', async () => {
    const held = new HeldDatabase(1);
    await held.hold([readOf('a')]);
    const order: string[] = [];
    const asked = ['a', 'a', 'a', 'a', 'b', 'c'].map((name) => held.ask(readOf(name)).then(() => order.push(name)));
    await held.letGo();
    await Promise.all(asked);
    expect(order.slice(0, 2).sort()).toEqual(['b', 'c']);
    await held.database.close();
  });

  it('are waited for in vain: busy, which is not away', async () => {
    const held = new HeldDatabase(1);
    await held.hold([recallOf('a')]);
    const busy = { code: 'SERVICE_UNAVAILABLE', details: { outcome: 'NOT_ACCEPTED' }, message: expect.stringContaining('busy') };
    await expect(held.ask(PUSHES)).rejects.toMatchObject(busy);
    expect(held.busy.count).toBe(1);
    expect(held.database.available).toBe(true);
    expect(held.database.silent).toBe(false);
    await held.letGo();
    expect(await held.ask(PUSHES)).toEqual(ONE);
    await held.database.close();
  });

  it('have a bounded line of each tenant', async () => {
    const held = new HeldDatabase(1);
    await held.hold([readOf('a')]);
    const many = times(500, readOf('a')).map((work) => held.ask(work));
    await expect(held.ask(readOf('a'))).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfter: 1 } });
    const other = held.ask(readOf('b'));
    await held.letGo();
    expect(await other).toEqual(ONE);
    await Promise.all(many);
    await held.database.close();
  });

  it('are given back by statements that fail, by transactions and by what borrows one', async () => {
    const held = new HeldDatabase(1);
    const { database } = held;
    await expect(database.query('SELECT 1 / $1::int', [0], { work: PUSHES })).rejects.toThrow('division by zero');
    await expect(database.transaction(() => Promise.reject(new Error('no')), { work: PUSHES })).rejects.toThrow('no');
    await expect(database.during(PUSHES, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(
      database.query('SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1', [true], { work: PUSHES }),
    ).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await expect(database.query('SELECT pg_sleep(60) WHERE $1', [true], { work: PUSHES, timeoutMs: 100 })).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    });
    expect(await held.ask(PUSHES)).toEqual(ONE);
    await database.close();
  });

  it('are given back where none can be made', async () => {
    const database = new Database({
      databaseUrl: 'postgresql://postgres@127.0.0.1:1/none',
      poolMax: 1,
      metrics: noMetrics,
      logger: silentLogger,
    });
    for (let i = 0; i < 3; i++) {
      await expect(database.query('SELECT 1', [], { work: PUSHES })).rejects.toMatchObject({ message: 'The database is away.' });
    }
    await database.close();
  });
});
