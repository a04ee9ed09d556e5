import type { StatusFeed, StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';

/** Tells whether a tenant's status events are recorded. */
export const statusFeed =
  ({ store }: { store: Pick<StatusFeedStore, 'statusFeed'> }) =>
  (tenantId: string): Promise<StatusFeed> =>
    store.statusFeed(tenantId);
