import pg from 'pg';
import type { StoreHarness } from '../../contract/store-harness.js';
import { createDatabase, until } from '../../support/index.js';
import { openStore } from '../open.js';

/** Opens stores on a database of their own. */
export async function onPostgres(): Promise<StoreHarness> {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  // A connection may still be there when the database is dropped.
  pool.on('error', () => {});
  return {
    open: (options) => openStore(database.url, options),
    async sql(text, values = []) {
      return (await pool.query(text, [...values])).rows;
    },
    async hold(statement, end) {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query(statement);
      return {
        async release() {
          await client.query(end);
          await client.end();
        },
      };
    },
    untilWaiting: (sessions) =>
      until(`${sessions} sessions wait`, async () => {
        const { rows } = await pool.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        return rows.length >= sessions;
      }),
    async close() {
      await pool.end();
      await database.drop();
    },
  };
}
