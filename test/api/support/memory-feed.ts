import type { AuditNote } from '../../../src/core/domain/audit.js';
import { badInput } from '../../../src/core/domain/errors.js';
import type { Message } from '../../../src/core/domain/message.js';
import { eventId, parseEventId } from '../../../src/core/domain/status-feed/event-position.js';
import type { StatusEvent } from '../../../src/core/domain/status-feed/status-event.js';
import type {
  StatusEventQuery,
  StatusFeed,
  StatusFeedChange,
  StatusFeedStore,
} from '../../../src/core/ports/stores/feed/status-feed-store.js';
import { MemoryAudit } from './memory-audit.js';

const EPOCH = 1;

/** The feeds of status events in memory; tests put in what happened. */
export class MemoryFeed extends MemoryAudit implements StatusFeedStore {
  readonly feeds = new Map<string, StatusFeed>();
  readonly events: Array<Omit<StatusEvent, 'id'> & { tenantId: string }> = [];
  /** Messages of events, which the store of messages fills. */
  protected readonly known: Array<Message & { tenantId: string }> = [];

  async statusFeed(tenantId: string): Promise<StatusFeed> {
    return this.feeds.get(tenantId) ?? { enabled: false, globals: false };
  }

  async setStatusFeed(tenantId: string, { enabled, globals }: StatusFeedChange, note?: AuditNote | null): Promise<StatusFeed> {
    const feed = { enabled, globals: globals ?? this.feeds.get(tenantId)?.globals ?? false };
    this.feeds.set(tenantId, feed);
    this.writeWith(note);
    return feed;
  }

  async readStatusEvents(tenantId: string, { types, recipient }: StatusEventQuery, after: string | null, limit: number) {
    const position = after === null ? { number: 0 } : parseEventId(tenantId, after);
    if (position === null) throw badInput('after', 'after is no position of this feed');
    const idOf = (number: number) => eventId(tenantId, { epoch: EPOCH, number });
    const all = this.events
      .filter((event) => event.tenantId === tenantId)
      .map((event, i) => ({ ...event, number: i + 1, id: idOf(i + 1) }));
    const matching = all.filter(
      (event) =>
        event.number > position.number &&
        (types?.includes(event.type) ?? true) &&
        (recipient ?? event.recipient) === event.recipient,
    );
    const items = matching.slice(0, limit);
    const next = matching.length > limit ? (items.at(-1)?.number ?? 0) : all.length;
    return { items, from: idOf(position.number), next: idOf(next), more: next < all.length };
  }

  async newestStatusPosition(tenantId: string): Promise<string> {
    const number = this.events.filter((event) => event.tenantId === tenantId).length;
    return eventId(tenantId, { epoch: EPOCH, number });
  }

  async messagesOfEvents(tenantId: string, events: readonly StatusEvent[]) {
    const ids = new Set(events.map(({ messageId }) => messageId));
    const found = this.known.filter((message) => message.tenantId === tenantId && ids.has(message.id));
    return { messages: new Map(found.map((message) => [message.id, message])), complete: events.length };
  }

  watchStatusEvents(): () => void {
    return () => {};
  }
}
