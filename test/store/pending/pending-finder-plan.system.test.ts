import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { MessageStatusRules } from '../../../src/store/message-status.js';
import { PendingFinder } from '../../../src/store/pending/pending-finder.js';
import { heldOf, lookAt } from '../../support/held.js';
import { explainingDatabase } from '../explaining-database.js';

const PENDING = 50_000;
const HELD = 2_000;

const explaining = explainingDatabase();

it('a sweep looks for each recipient that is held by its name, or for what is new, however much is pending for others', async () => {
  const database = explaining();
  const tenantId = randomUUID();
  await database.pool.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint - 60000, i), 'r' || i, 'x', now() - interval '1 minute'
     FROM generate_series(1, ${PENDING}) i`,
    [tenantId],
  );
  await database.pool.query('VACUUM (ANALYZE) messages');
  const held = Array.from({ length: HELD }, (_, i) => (i === 7 ? 'r7' : `nobody ${i}`));
  const finder = new PendingFinder(database, new MessageStatusRules(1e9));
  const { pending, watermark } = await finder.find(lookAt(heldOf(tenantId, held), { everything: true }));
  expect(pending).toEqual([{ tenantId, recipient: 'r7' }]);
  expect(database.plan).toMatch(/SubPlan[\s\S]*messages_pending_idx[\s\S]*Index Cond: [^\n]*recipient = r\.recipient/);
  expect(database.plan).not.toMatch(/(Hash|Merge) .*Join/);
  let last = watermark;
  // Of transactions that were under way at the first look, those of other tests' databases too, it cannot be told when they began.
  while ([...(last?.underWay.values() ?? [])].includes(Number.NEGATIVE_INFINITY))
    last = (await finder.find(lookAt(heldOf(tenantId, held), { last }))).watermark;
  database.plan = '';
  expect((await finder.find(lookAt(heldOf(tenantId, held), { last }))).pending).toEqual([]);
  expect(database.plan).toMatch(/messages_pkey[\s\S]*Index Cond: [^\n]*id >= /);
  expect(database.plan).not.toMatch(/(Hash|Merge) .*Join|Bitmap|Sort|Seq Scan on messages/);
});
