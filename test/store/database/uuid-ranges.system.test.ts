import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { globalRowId } from '../../../src/core/domain/message-ids.js';
import { plainArray, textArray } from '../../../src/store/database/array-literals.js';
import { firstIdAt, idMillis, lastIdAt } from '../../../src/store/database/uuid-ranges.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';

describe('ids and arrays in SQL', () => {
  let database: TestDatabase;
  let client: pg.Client;
  beforeAll(async () => {
    database = await createDatabase();
    client = new pg.Client({ connectionString: database.url });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.drop();
  });

  const text = fc.string({ unit: 'binary' }).filter((value) => value.isWellFormed() && !value.includes('\u0000'));
  const ask = async <T>(sql: string, values: unknown[]): Promise<T> => (await client.query(sql, values)).rows[0]?.answer as T;

  it('global_row_id is what globalRowId computes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uuid({ version: 7 }), text, async (global, recipient) => {
        expect(await ask('SELECT global_row_id($1, $2) AS answer', [global, recipient])).toBe(globalRowId(global, recipient));
      }),
    );
  });

  it('message_id makes ids of version 7 that sort by time, then by sequence', async () => {
    const ms = fc.integer({ min: 1, max: 253402300799999 });
    const seq = fc.bigInt({ min: 1n, max: (1n << 42n) - 1n });
    await fc.assert(
      fc.asyncProperty(ms, seq, ms, seq, async (msA, seqA, msB, seqB) => {
        const [a = '', b = ''] = await ask<string[]>(
          'SELECT ARRAY[message_id($1, $2)::text, message_id($3, $4)::text] AS answer',
          [msA, seqA, msB, seqB],
        );
        expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(idMillis(a)).toBe(msA);
        if (msA !== msB || seqA !== seqB) expect(a < b).toBe(msA === msB ? seqA < seqB : msA < msB);
        expect(a >= firstIdAt(msA) && a <= lastIdAt(msA)).toBe(true);
        expect(a < firstIdAt(msA + 1) && a > lastIdAt(msA - 1)).toBe(true);
      }),
    );
  });

  it('array literals carry every text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(text)), async (values) => {
        expect(await ask('SELECT $1::text[] AS answer', [textArray(values)])).toEqual(values);
      }),
    );
    expect(await ask('SELECT $1::int[] AS answer', [plainArray([1, null, -3])])).toEqual([1, null, -3]);
  });
});
