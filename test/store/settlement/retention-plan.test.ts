import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { Database, type Transaction, type TransactionOptions } from '../../../src/store/database/database.js';
import { MessageStatusRules } from '../../../src/store/message-status.js';
import { RetentionCleaner } from '../../../src/store/settlement/retention-cleaner.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';

const ROWS = 20_000;
const DAY_MS = 86_400_000;

/** Explains each statement before it runs. */
class ExplainingDatabase extends Database {
  plan = '';
  /** Whether statements may be compiled, as seen by each of them. */
  readonly jit = new Set<string>();

  override transaction<T>(work: (transaction: Transaction) => Promise<T>, options?: TransactionOptions): Promise<T> {
    return super.transaction(
      ({ query }) =>
        work({
          query: async (text, values) => {
            const [setting] = await query<{ jit: string }>(`SELECT current_setting('jit') AS jit`, []);
            this.jit.add(setting?.jit ?? '');
            const lines = await query<{ 'QUERY PLAN': string }>(`EXPLAIN ${text}`, values);
            this.plan += lines.map((line) => line['QUERY PLAN']).join('\n');
            return query(text, values);
          },
        }),
      options,
    );
  }
}

let server: TestDatabase;
let database: ExplainingDatabase;
beforeAll(async () => {
  server = await createDatabase();
  database = new ExplainingDatabase({ databaseUrl: server.url, poolMax: 1, metrics: noMetrics, logger: silentLogger });
});
afterAll(async () => {
  await database.close();
  await server.drop();
});

it('a step of retention reads no more than it deletes, though the planner knows nothing of the tables yet', async () => {
  const tenantId = randomUUID();
  for (const table of ['messages', 'idempotency_keys']) {
    await database.pool.query(`ALTER TABLE ${table} SET (autovacuum_enabled = off)`);
  }
  await database.pool.query(`INSERT INTO tenants (id, name) VALUES ($1, 'janitor')`, [tenantId]);
  const settledAfter = { soon: '1 second', late: '1 hour' };
  for (const interval of Object.values(settledAfter)) {
    await database.pool.query(
      `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, delivered_at)
       SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, i), 'r' || i, repeat('x', 200), at, 'DELIVERED', at + $2::interval
       FROM generate_series(1, ${ROWS}) i, LATERAL (SELECT now() - interval '31 days' + i * interval '1 ms' AS at) t`,
      [tenantId, interval],
    );
  }
  await database.pool.query(
    `INSERT INTO idempotency_keys SELECT $1, 'key ' || i, '', '[]', now() - interval '2 days' FROM generate_series(1, ${ROWS}) i`,
    [tenantId],
  );
  const cleaned = await new RetentionCleaner(database, new MessageStatusRules(30 * DAY_MS), noMetrics).cleanUp();
  expect(cleaned?.deleted).toBeGreaterThan(0);
  // Plans that are frowned upon and used all the same count as dear enough to be compiled, which takes half a second.
  expect(database.jit).toEqual(new Set(['off']));
  // Whatever is not read along an index is read from end to end, or up to the last row that is due, in each step.
  for (const table of ['messages', 'idempotency_keys']) {
    expect(database.plan).not.toContain(`Seq Scan on ${table}`);
    expect(database.plan).not.toContain(`Bitmap Heap Scan on ${table}`);
  }
});
