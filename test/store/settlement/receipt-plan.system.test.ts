import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import type pg from 'pg';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { noUsage } from '../../../src/core/ports/usage-meter.js';
import { MessageStatusRules } from '../../../src/store/message-status.js';
import { ReceiptWriter } from '../../../src/store/settlement/receipt-writer.js';
import { explainingDatabase } from '../explaining-database.js';

const ROWS = 20_000;
const SETTLED = 1_000;

const explaining = explainingDatabase();

const insert = async (pool: pg.Pool, tenantId: string, status: 'PENDING' | 'DELIVERED', count: number): Promise<string[]> => {
  const { rows } = await pool.query<{ id: string }>(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status)
     SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint, nextval('message_seq')::int), 'r' || i, repeat('x', 200), now(), $2
     FROM generate_series(1, $3) i RETURNING id`,
    [tenantId, status, count],
  );
  return rows.map(({ id }) => id);
};

it.each([
  ['the planner knows nothing of the table yet', 0],
  ['nothing was pending when the table was analyzed', ROWS],
])('receipts find their rows by key, though %s', async (_, settledBefore) => {
  const database = explaining();
  const tenantId = randomUUID();
  await database.pool.query('TRUNCATE messages');
  await database.pool.query('ALTER TABLE messages SET (autovacuum_enabled = off)');
  if (settledBefore > 0) {
    await insert(database.pool, tenantId, 'DELIVERED', settledBefore);
    await database.pool.query('VACUUM ANALYZE messages');
  }
  const ids = await insert(database.pool, tenantId, 'PENDING', ROWS);
  const receipts = ids.slice(0, SETTLED).map((rowId) => ({ tenantId, rowId, kind: 'PONG' as const, at: Date.now() }));
  await new ReceiptWriter(database, new MessageStatusRules(1e9), { metrics: noMetrics, usage: noUsage }).settle(receipts);
  expect(database.plan).toContain('messages_pkey');
  expect(database.plan).not.toContain('Seq Scan on messages');
  // That index holds all that is pending in a tenant, in another order.
  expect(database.plan).not.toContain('messages_pending_idx');
  // Rows are met one by one in the order of their keys, or two statements could wait for each other.
  expect(database.plan).not.toMatch(/(Hash|Merge) Join/);
  const settled = await database.pool.query(`SELECT count(*)::int AS n FROM messages WHERE status = 'DELIVERED'`);
  expect(settled.rows).toEqual([{ n: settledBefore + SETTLED }]);
  // One row for the tenant, made without sorting what was settled.
  expect(database.plan).not.toMatch(/GroupAggregate/);
  const deltas = await database.pool.query('SELECT delivered FROM usage_deltas WHERE tenant_id = $1', [tenantId]);
  expect(deltas.rows).toEqual([{ delivered: SETTLED }]);
});
