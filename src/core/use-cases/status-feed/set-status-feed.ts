import type { AuditNote } from '../../domain/audit.js';
import type { StatusFeed, StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';

/** Switches a tenant's feed of status events. It holds for whatever settles after the answer. */
export const setStatusFeed =
  ({ store }: { store: Pick<StatusFeedStore, 'setStatusFeed'> }) =>
  (
    tenantId: string,
    { enabled, globals }: { enabled: boolean; globals?: boolean | null },
    note: AuditNote | null,
  ): Promise<StatusFeed> =>
    store.setStatusFeed(tenantId, { enabled, globals: globals ?? null }, note);
