import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { noMetrics } from '../../src/core/metrics.js';
import { ReceiptWriter } from '../../src/store/receipts.js';
import { StatusRules } from '../../src/store/status.js';
import { explainingDatabase } from './explaining-database.js';

const ROWS = 20_000;
const SETTLED = 1_000;

const explaining = explainingDatabase();

it('receipts find their rows by key, though the planner knows nothing of the table yet', async () => {
  const database = explaining();
  const tenantId = randomUUID();
  await database.pool.query('ALTER TABLE messages SET (autovacuum_enabled = off)');
  const { rows } = await database.pool.query<{ id: string }>(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint, i), 'r' || i, repeat('x', 200), now()
     FROM generate_series(1, ${ROWS}) i RETURNING id`,
    [tenantId],
  );
  const receipts = rows.slice(0, SETTLED).map(({ id }) => ({ tenantId, rowId: id, kind: 'PONG' as const, at: Date.now() }));
  await new ReceiptWriter(database, new StatusRules(1e9), noMetrics).settle(receipts);
  expect(database.plan).toContain('messages_pkey');
  expect(database.plan).not.toContain('Seq Scan on messages');
  // One after the other in the order of their keys, or two statements could wait for each other.
  expect(database.plan).not.toMatch(/(Hash|Merge) Join/);
  const settled = await database.pool.query(`SELECT count(*)::int AS n FROM messages WHERE status = 'DELIVERED'`);
  expect(settled.rows).toEqual([{ n: SETTLED }]);
});
