import pg from 'pg';
import { silentLogger } from '../../src/core/logger.js';
import { noMetrics } from '../../src/core/metrics.js';
import { createStore } from '../../src/store/index.js';
import { DAY_MS, describeMessageStore } from '../contract/message-store.js';
import { createDatabase } from '../support/index.js';

describeMessageStore('PostgreSQL', async () => {
  const database = await createDatabase();
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  const defaults = {
    databaseUrl: database.url,
    poolMax: 8,
    maxPendingPerRecipient: 10_000,
    messageRetentionMs: 30 * DAY_MS,
    metrics: noMetrics,
    logger: silentLogger,
  };
  return {
    async open(options) {
      const store = createStore({ ...defaults, ...options });
      await store.ready;
      return store;
    },
    async sql(text, values = []) {
      return (await pool.query(text, [...values])).rows;
    },
    async close() {
      await pool.end();
      await database.drop();
    },
  };
});
