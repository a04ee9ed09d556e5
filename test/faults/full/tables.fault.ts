import pg from 'pg';
import type { Message } from '../../../src/core/domain/message.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { noMetrics } from '../../../src/core/ports/metrics.js';
import { withClient } from '../../../src/store/database/migrations.js';
import { createStore, type Store } from '../../../src/store/index.js';
import { until } from '../../support/index.js';
import { quantile } from '../lib/ledger.js';
import type { Fault } from './fault.js';
import type { Stage } from './stage.js';
import { ms } from './table.js';

const MILLION = 1_000_000;
const RECIPIENTS = 10_000;
const RECEIPTS_AT_ONCE = 1000;
/** Has 200 bytes, as in the benchmarks. */
const TEXT = 'x'.repeat(200);
/**
 * Limits the drain of a recipient with nothing pending, a long history and a snapshot held, in
 * milliseconds.
 */
const DRAIN_MS = 100;
/** Holds the snapshot as long as a backup takes. */
const HELD_MS = 600_000;
const DAY_MS = 86_400_000;

/** Holds a snapshot as a backup does: vacuum may not remove row versions from before it. */
async function holdSnapshot(url: string): Promise<() => Promise<void>> {
  const client = new pg.Client({ connectionString: url });
  // The servers may end before it does, where something else has failed.
  client.on('error', () => {});
  await client.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  await client.query('SELECT count(*) FROM tenants');
  return () => client.end();
}

export async function openStore(stage: Stage): Promise<{ store: Store; tenantId: string }> {
  const store = createStore({
    databaseUrl: stage.servers.databaseUrl,
    poolMax: 6,
    maxPendingPerRecipient: 10_000,
    messageRetentionMs: 30 * DAY_MS,
    auditRetentionMs: 90 * DAY_MS,
    activityRetentionMs: 7 * 86_400_000,
    statusFeedRetentionMs: 5 * 86_400_000,
    metrics: noMetrics,
    logger: silentLogger,
  });
  await store.ready;
  stage.atEnd(() => store.close());
  const tenant = await store.createTenant(`tables ${performance.now()}`);
  return { store, tenantId: tenant.id };
}

/** Pushes global messages and settles them, again and again. */
async function settle(store: Store, tenantId: string, count: number): Promise<void> {
  const recipients = Array.from({ length: RECIPIENTS }, (_, index) => ({ index, recipient: `r${index}` }));
  for (let done = 0; done < count; done += RECIPIENTS) {
    const call = { tenantId, recipients, refused: [], message: TEXT, topic: null, expiresAt: null, idempotency: null };
    const { entries } = await store.push(call);
    const ids = entries.map(({ item }) => (item as Message).id);
    const batches: Array<Promise<void>> = [];
    for (let i = 0; i < ids.length; i += RECEIPTS_AT_ONCE) {
      const some = ids.slice(i, i + RECEIPTS_AT_ONCE);
      batches.push(store.settle(some.map((rowId) => ({ tenantId, rowId, kind: 'PONG' as const, at: Date.now() }))));
      // Nodes do two at a time.
      if (batches.length % 2 === 0) await Promise.all(batches);
    }
    await Promise.all(batches);
  }
}

interface Sizes {
  rows: number;
  dead: number;
  heapMb: number;
  indexMb: number;
  /** Measures the partial index that drains read. */
  pendingMb: number;
}

async function sizes(url: string): Promise<Sizes> {
  return withClient(url, async (client) => {
    await client.query('SELECT pg_stat_clear_snapshot()');
    const { rows } = await client.query<Sizes>(
      `SELECT n_live_tup::float8 AS rows, n_dead_tup::float8 AS dead, pg_table_size('messages') / 1e6::float8 AS "heapMb",
         pg_indexes_size('messages') / 1e6::float8 AS "indexMb", pg_relation_size('messages_pending_idx') / 1e6::float8 AS "pendingMb"
       FROM pg_stat_user_tables WHERE relname = 'messages'`,
    );
    return rows[0] as Sizes;
  });
}

/** Measures drains of recipients with a history and nothing pending; p50 and p99 in milliseconds. */
async function drains(store: Store, tenantId: string): Promise<{ p50: number; p99: number }> {
  const times: number[] = [];
  for (let i = 0; i < 200; i++) {
    const began = performance.now();
    await store.pending({ tenantId, recipient: `r${i * 37}`, topic: null, after: null, limit: 256, maxBytes: 1_000_000 });
    times.push(performance.now() - began);
  }
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

const shown = ({ rows, dead, heapMb, indexMb, pendingMb }: Sizes) =>
  `${Math.round(rows / 1000)} k rows, ${Math.round(dead / 1000)} k dead, table ${Math.round(heapMb)} MB, indexes ${Math.round(indexMb)} MB, the one of what is pending ${Math.round(pendingMb)} MB`;

/**
 * Pushes and settles a million messages while a snapshot is held, as by a backup. Vacuum must catch up
 * then, and drains stay quick throughout.
 */
export const settlingAMillion: Fault = {
  name: 'settling-a-million',
  about: 'a million messages pushed and settled while a snapshot is held for ten minutes',
  stage: { clients: 20, pushesPerSecond: 10, away: 0 },
  async run(stage) {
    const url = stage.servers.databaseUrl;
    const { store, tenantId } = await openStore(stage);
    const began = performance.now();
    const release = await holdSnapshot(url);
    await settle(store, tenantId, MILLION);
    stage.note(`${Math.round(MILLION / ((performance.now() - began) / 1000))} messages pushed and settled a second`);
    await stage.lasting(Math.max(0, began + HELD_MS - performance.now()));
    const held = await drains(store, tenantId);
    stage.note(`at its end ${shown(await sizes(url))}`);
    stage.note(`drains with nothing pending p50 ${ms(held.p50)}, p99 ${ms(held.p99)}`);
    await release();
    stage.ended();
    await until('autovacuum to clear away what is dead', async () => (await sizes(url)).dead < MILLION / 20, 300_000);
    const clean = await drains(store, tenantId);
    const after = await sizes(url);
    stage.note(`after autovacuum ${shown(after)}; drains p50 ${ms(clean.p50)}, p99 ${ms(clean.p99)}`);
    // Freed space is reused.
    await settle(store, tenantId, MILLION / 5);
    const again = await sizes(url);
    stage.note(`after a fifth as many more ${shown(again)}`);
    stage.require(held.p50 < DRAIN_MS, `a drain takes ${ms(held.p50)} while a snapshot is held`);
    const grown = again.heapMb - after.heapMb;
    stage.require(
      grown < after.heapMb / 5,
      `a fifth as many more made the table ${Math.round(grown)} MB larger: nothing was used again`,
    );
  },
};
