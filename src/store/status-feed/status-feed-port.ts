import type { StatusFeedStore } from '../../core/ports/stores/feed/status-feed-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import { FeedSwitch } from './feed-switch.js';

interface StatusFeedPortDeps {
  database: Database;
  audit: AuditLog;
}

/** Creates the part of the store that keeps the feeds of status events. See docs/design/status-feed.md. */
export function statusFeedPort({ database, audit }: StatusFeedPortDeps) {
  const feeds = new FeedSwitch(database, audit);
  return {
    statusFeed: (tenantId) => feeds.read(tenantId),
    setStatusFeed: (...args) => feeds.set(...args),
  } satisfies Pick<StatusFeedStore, 'statusFeed' | 'setStatusFeed'>;
}
