import { silentLogger } from '../../src/core/ports/logger.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { createStore, type Store, type StoreOptions } from '../../src/store/index.js';

/** Opens a store on a database, with defaults for all that a test does not care about. */
export async function openStore(databaseUrl: string, options: Partial<StoreOptions> = {}): Promise<Store> {
  const store = createStore({
    databaseUrl,
    poolMax: 6,
    maxPendingPerRecipient: 10_000,
    messageRetentionMs: 30 * 24 * 60 * 60 * 1000,
    auditRetentionMs: 90 * 24 * 60 * 60 * 1000,
    activityRetentionMs: 7 * 86_400_000,
    statusFeedRetentionMs: 5 * 86_400_000,
    metrics: noMetrics,
    logger: silentLogger,
    ...options,
  });
  await store.ready;
  return store;
}
