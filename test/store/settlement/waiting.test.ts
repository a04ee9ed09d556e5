import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPrometheusMetrics } from '../../../src/observability/prometheus-metrics.js';
import { withClient } from '../../../src/store/database/migrations.js';
import type { Store } from '../../../src/store/index.js';
import { push } from '../../contract/store-harness.js';
import { createDatabase, type TestDatabase } from '../../support/index.js';
import { openStore } from '../open.js';

let database: TestDatabase;
let store: Store;
const { metrics, scrape } = createPrometheusMetrics();
beforeAll(async () => {
  database = await createDatabase();
  store = await openStore(database.url, { metrics });
});
afterAll(async () => {
  await store.close();
  await database.drop();
});

const sql = (text: string, values: unknown[] = []) =>
  withClient(database.url, async (client) => (await client.query(text, values)).rows as Array<{ n: number }>);

/** What waits, by the formula of docs/operations.md. */
async function waiting(): Promise<number> {
  const lines = (await scrape()).split('\n');
  const sum = (name: string) =>
    lines
      .filter((line) => line.startsWith(`tidings_${name}_total`))
      .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
  const came = sum('messages_accepted') + sum('global_message_rows');
  return came - sum('messages_delivered') - sum('messages_cancelled') - sum('messages_expired') - sum('messages_erased');
}

/** What waits, by the table. */
async function pending(): Promise<number> {
  const [row] = await sql(`SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING'`);
  return row?.n ?? 0;
}

test('what waits can be computed from the metrics, whatever became of messages to one and to all', async () => {
  const { id: tenantId } = await store.createTenant('acme');
  const globalOf = async (expiresAt: Date | null) =>
    (await store.pushGlobal({ tenantId, message: 'to all', topic: null, expiresAt, idempotency: null })).item.id;
  const sent = (globalMessageId: string, recipient: string, at: number | null) => ({
    tenantId,
    globalMessageId,
    recipient,
    revocation: 0,
    receipt: at === null ? null : { kind: 'PONG' as const, at },
  });
  const same = async () => expect(await waiting()).toBe(await pending());
  const now = () => store.clock.now();

  const [mine = '', , recalled = ''] = await push(store, tenantId, ['ann', 'bob', 'cat', 'dan']);
  await store.settle([{ tenantId, rowId: mine, kind: 'ACK', at: now() }]);
  await store.cancel(tenantId, { ids: [recalled], recipient: null, globalMessageId: null, topic: null });
  await same();

  // Rows that are made with their receipt, without, and that get it later.
  const open = await globalOf(new Date(now() + 3_600_000));
  await store.recordGlobals([sent(open, 'ann', now()), sent(open, 'bob', null), sent(open, 'cat', null)]);
  await same();
  await store.recordGlobals([sent(open, 'ann', now()), sent(open, 'bob', now())]);
  await same();

  // A global that has ended: its rows are made as recalled or expired; a row that was pending is so from then on.
  await store.cancel(tenantId, { ids: null, recipient: null, globalMessageId: open, topic: null });
  await store.recordGlobals([sent(open, 'dan', null), sent(open, 'eve', now()), sent(open, 'cat', now())]);
  await same();
  const over = await globalOf(new Date(now() + 3_600_000));
  await store.recordGlobals([sent(over, 'ann', null)]);
  await sql(
    `UPDATE global_messages SET expires_at = now() - interval '10 minutes', created_at = now() - interval '1 hour' WHERE id = $1`,
    [over],
  );
  await store.recordGlobals([sent(over, 'ann', now()), sent(over, 'bob', now()), sent(over, 'cat', null)]);
  await store.recordGlobals([sent(over, 'ann', now()), sent(over, 'bob', now())]);
  await same();
  expect(/^tidings_messages_expired_total .*$/m.exec(await scrape())?.[0]).toBe('tidings_messages_expired_total 3');

  await store.erase(tenantId, 'bob', 3_600_000);
  await store.erase(tenantId, 'ann', 3_600_000);
  await same();
  expect(await pending()).toBeGreaterThan(0);
});
