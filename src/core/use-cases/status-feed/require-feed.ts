import { TidingsError } from '../../domain/errors.js';
import type { StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';

/** @throws TidingsError BAD_USER_INPUT if the tenant's feed of status events is off */
export async function requireFeed(store: Pick<StatusFeedStore, 'statusFeed'>, tenantId: string, field?: string): Promise<void> {
  const { enabled } = await store.statusFeed(tenantId);
  if (enabled) return;
  const problem = 'Status events are not recorded: switch them on by setStatusFeed first.';
  throw new TidingsError('BAD_USER_INPUT', problem, field === undefined ? {} : { field });
}
