import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { Database } from '../../../src/store/database/database.js';
import { INTERNAL } from '../../../src/store/sharing/work.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';

let made: TestDatabase;
beforeAll(async () => {
  made = await createDatabase();
});
afterAll(() => made.drop());

const open = (databaseUrl: string, poolMax = 1) =>
  new Database({ databaseUrl, poolMax, metrics: noMetrics, logger: silentLogger });

describe('a fault of our own', () => {
  it.each([
    ['a mistake between the statements', new TypeError("Cannot read properties of undefined (reading 'x')")],
    ['an error with a code', Object.assign(new Error('no'), { code: 'ERR_INVALID_ARG_TYPE' })],
  ])('is no outage of the database: %s', async (_, fault) => {
    const database = open(made.url);
    const failed = database.transaction(
      async ({ query }) => {
        await query('SELECT 1 WHERE $1', [true]);
        throw fault;
      },
      { work: INTERNAL },
    );
    await expect(failed).rejects.toBe(fault);
    expect(database.available).toBe(true);
    expect(await database.query('SELECT 1 AS one WHERE $1', [true], { work: INTERNAL })).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('in what is asked, or in what the answer is read with, is none either', async () => {
    const database = open(made.url);
    const unreadable = database.query(`SELECT 'infinity'::timestamptz AS at WHERE $1`, [true], { work: INTERNAL });
    await expect(unreadable).rejects.toThrow('the database sent a date that cannot be read');
    const circular: Record<string, unknown> = {};
    circular.itself = circular;
    await expect(database.query('SELECT $1::json', [circular], { work: INTERNAL })).rejects.toThrow(/circular/);
    expect(database.available).toBe(true);
    expect(await database.query('SELECT 1 AS one WHERE $1', [true], { work: INTERNAL })).toEqual([{ one: 1 }]);
    await database.close();
  });

  it('is told from a connection that broke, or was never there', async () => {
    const database = open(made.url);
    const cut = database.transaction(({ query }) => query('SELECT pg_terminate_backend(pg_backend_pid()) WHERE $1', [true]), {
      work: INTERNAL,
    });
    await expect(cut).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    await database.close();
    const nowhere = open('postgresql://postgres@127.0.0.1:1/none');
    await expect(nowhere.query('SELECT 1', [], { work: INTERNAL })).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
    expect(nowhere.available).toBe(false);
    await nowhere.close();
  });
});
