import type { AuditNote } from '../../../src/core/domain/audit.js';
import type { StatusFeed, StatusFeedChange, StatusFeedStore } from '../../../src/core/ports/stores/feed/status-feed-store.js';
import { MemoryAudit } from './memory-audit.js';

/** The feeds of status events in memory. */
export class MemoryFeed extends MemoryAudit implements Pick<StatusFeedStore, 'statusFeed' | 'setStatusFeed'> {
  readonly feeds = new Map<string, StatusFeed>();

  async statusFeed(tenantId: string): Promise<StatusFeed> {
    return this.feeds.get(tenantId) ?? { enabled: false, globals: false };
  }

  async setStatusFeed(tenantId: string, { enabled, globals }: StatusFeedChange, note?: AuditNote | null): Promise<StatusFeed> {
    const feed = { enabled, globals: globals ?? this.feeds.get(tenantId)?.globals ?? false };
    this.feeds.set(tenantId, feed);
    this.writeWith(note);
    return feed;
  }
}
