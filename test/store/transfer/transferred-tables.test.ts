import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { withClient } from '../../../src/store/database/migrations.js';
import { LEFT_OUT, SEQUENCES, TRANSFERRED } from '../../../src/store/transfer/transferred-tables.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

const names = (sql: string) =>
  withClient(database.url, async (client) => (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name));

test('every table of the schema is in a back-up, or left out with a reason', async () => {
  const tables = await names(
    `SELECT relname::text AS name FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition`,
  );
  const listed = [...TRANSFERRED.map(({ name }) => name), ...Object.keys(LEFT_OUT)];
  expect(tables.length).toBeGreaterThan(15);
  expect(tables.filter((name) => !listed.includes(name))).toEqual([]);
  expect(new Set(listed).size).toBe(listed.length);
  expect(Object.values(LEFT_OUT).filter((reason) => reason.length < 10)).toEqual([]);
});

test('every sequence goes on beyond a back-up', async () => {
  const sequences = await names(`SELECT sequencename::text AS name FROM pg_sequences WHERE schemaname = 'public'`);
  expect([...SEQUENCES].sort()).toEqual(sequences.sort());
});

test('every table with a tenant says so, and comes after what it refers to', async () => {
  const owned = await names(
    `SELECT table_name::text AS name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'tenant_id'`,
  );
  const listed = TRANSFERRED.filter(({ tenant }) => tenant === 'tenant_id').map(({ name }) => name);
  expect(owned.filter((name) => !listed.includes(name) && !Object.hasOwn(LEFT_OUT, name))).toEqual([]);
  const references = await withClient(
    database.url,
    async (client) =>
      (
        await client.query<{ child: string; parent: string }>(
          `SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint WHERE contype = 'f'`,
        )
      ).rows,
  );
  const order = TRANSFERRED.map(({ name }) => name);
  for (const { child, parent } of references) expect(order.indexOf(child)).toBeGreaterThan(order.indexOf(parent));
});
