import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import type { MessageQuery } from '../../../src/core/ports/stores/query-store.js';
import { systemClock } from '../../../src/lib/time/clock.js';
import { Database, type StatementOptions } from '../../../src/store/database/database.js';
import { MessageStatusRules } from '../../../src/store/message-status.js';
import { MessageQueries } from '../../../src/store/query/message-queries.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';

const ROWS = 30_000;
const ANY: MessageQuery = {
  recipient: null,
  globalMessageId: null,
  topic: null,
  status: null,
  createdAt: null,
  expiresAt: null,
  receipt: undefined,
  cancelReason: undefined,
  deliveredAt: undefined,
};

interface Plan {
  'QUERY PLAN': Array<{ Plan: { 'Shared Hit Blocks': number; 'Shared Read Blocks': number } }>;
}

/** Counts the blocks that statements read. */
class CountingDatabase extends Database {
  blocks = 0;

  override async query<Row extends object>(text: string, values: readonly unknown[], options: StatementOptions): Promise<Row[]> {
    const [row] = await super.query<Plan>(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values, options);
    for (const { Plan: plan } of row?.['QUERY PLAN'] ?? []) this.blocks += plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];
    return super.query<Row>(text, values, options);
  }
}

let made: TestDatabase;
let database: CountingDatabase;
let queries: MessageQueries;
beforeAll(async () => {
  made = await createDatabase();
  database = new CountingDatabase({ databaseUrl: made.url, poolMax: 1, metrics: noMetrics, logger: silentLogger });
  queries = new MessageQueries(database, new MessageStatusRules(30 * 86_400_000), systemClock);
});
afterAll(async () => {
  await database.close();
  await made.drop();
});

/** Fills a tenant's rows, of which `pending` hold the newest places, or the oldest. */
async function fill(pending: number, where: 'newest' | 'oldest'): Promise<string> {
  const tenantId = randomUUID();
  await database.pool.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, topic, created_at, status)
     SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint - $2 + i, i), 'r' || i % 1000, repeat('x', 200),
       CASE WHEN p THEN 'waits' ELSE 'done' END, now() - ($2 - i) * interval '1 millisecond',
       (CASE WHEN p THEN 'PENDING' ELSE 'DELIVERED' END)::"MessageStatus"
     FROM generate_series(1, $2::int) i, LATERAL (SELECT CASE WHEN $4 = 'newest' THEN i > $2 - $3::int ELSE i <= $3::int END AS p) c`,
    [tenantId, ROWS, pending, where],
  );
  await database.pool.query('VACUUM ANALYZE messages');
  return tenantId;
}

async function cost(tenantId: string, query: Partial<MessageQuery>) {
  database.blocks = 0;
  const page = await queries.listMessages(tenantId, { ...ANY, ...query }, null, 10);
  return { items: page.items.length, ends: page.next === null, blocks: database.blocks };
}

it('a page of what is pending costs what is pending, whatever else its filter names', async () => {
  const tenantId = await fill(100, 'oldest');
  for (const query of [{}, { topic: 'done' }, { globalMessageId: randomUUID() }]) {
    const page = await cost(tenantId, { ...query, status: 'PENDING' as const });
    expect(page.items).toBe(Object.keys(query).length === 0 ? 10 : 0);
    expect(page.blocks).toBeLessThan(250);
  }
  expect(await cost(tenantId, { topic: 'waits', status: 'PENDING' })).toMatchObject({ items: 10 });
});

it('a page whose filter matches hardly anything ends after a bounded number of blocks', async () => {
  const tenantId = await fill(10_000, 'oldest');
  const page = await cost(tenantId, { topic: 'done', status: 'PENDING' });
  expect(page).toMatchObject({ items: 0, ends: false });
  expect(page.blocks).toBeLessThan(2_500);
});

it('a page of what is pending among the newest costs its answer, however much is pending', async () => {
  const tenantId = await fill(10_000, 'newest');
  const page = await cost(tenantId, { status: 'PENDING' });
  expect(page).toMatchObject({ items: 10, ends: false });
  expect(page.blocks).toBeLessThan(200);
});

it('a page without a filter costs its answer', async () => {
  const tenantId = await fill(100, 'newest');
  const page = await cost(tenantId, {});
  expect(page).toMatchObject({ items: 10, ends: false });
  expect(page.blocks).toBeLessThan(30);
});
