import pg from 'pg';
import { describeMessageStore } from '../contract/message-store.js';
import { createDatabase } from '../support/index.js';
import { openStore } from './open.js';

describeMessageStore('PostgreSQL', async () => {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  // A connection may still be there when the database is dropped.
  pool.on('error', () => {});
  return {
    open: (options) => openStore(database.url, options),
    async sql(text, values = []) {
      return (await pool.query(text, [...values])).rows;
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
});
