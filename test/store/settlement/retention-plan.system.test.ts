import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { MessageStatusRules } from '../../../src/store/message-status.js';
import { RetentionCleaner } from '../../../src/store/settlement/retention-cleaner.js';
import { explainingDatabase } from '../explaining-database.js';

const ROWS = 20_000;
const DAY_MS = 86_400_000;

const explaining = explainingDatabase();

it('a step of retention reads no more than it deletes, though the planner knows nothing of the tables yet', async () => {
  const database = explaining();
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
  // Plans that use what is switched off count as dear enough to be compiled, which takes half a second.
  expect(database.jit).toEqual(new Set(['off']));
  // A table that is not read along an index is read from end to end, or up to the last due row, in each step.
  for (const table of ['messages', 'idempotency_keys']) {
    expect(database.plan).not.toContain(`Seq Scan on ${table}`);
    expect(database.plan).not.toContain(`Bitmap Heap Scan on ${table}`);
  }
});
