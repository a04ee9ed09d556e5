import { TidingsError } from '../../../src/core/domain/errors.js';
import { eventId, parseEventId } from '../../../src/core/domain/status-feed/event-position.js';
import type { StatusEvent } from '../../../src/core/domain/status-feed/status-event.js';
import type {
  StatusEventPage,
  StatusEventQuery,
  StatusFeedStore,
} from '../../../src/core/ports/stores/feed/status-feed-store.js';
import { matchesQuery } from '../../../src/core/use-cases/following/event-filter.js';

const EPOCH = 7;

/** The feed of one tenant in memory, which notes how often it is read. */
export class FakeFeed
  implements Pick<StatusFeedStore, 'readStatusEvents' | 'watchStatusEvents' | 'statusFeed' | 'newestStatusPosition'>
{
  readonly #events: StatusEvent[] = [];
  readonly #watchers = new Set<() => void>();
  readonly reads: Array<{ after: number; filtered: boolean }> = [];
  enabled = true;
  /** Thrown by each read while set. */
  failure: unknown = null;

  constructor(readonly tenantId: string) {}

  position = (number: number): string => eventId(this.tenantId, { epoch: EPOCH, number });

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Adds events to the feed, and wakes who watches. */
  add(count: number, facts: Partial<StatusEvent> = {}): void {
    for (let i = 0; i < count; i++) {
      this.#events.push({
        id: this.position(this.#events.length + 1),
        type: 'DELIVERED',
        at: new Date(0),
        messageId: `message ${this.#events.length + 1}`,
        recipient: 'ann',
        ...{ topic: null, globalMessageId: null, receipt: 'PONG', cancelReason: null },
        ...facts,
      });
    }
    this.wake();
  }

  wake(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async readStatusEvents(
    _tenantId: string,
    query: StatusEventQuery,
    after: string | null,
    limit: number,
  ): Promise<StatusEventPage> {
    const number = after === null ? 0 : (parseEventId(this.tenantId, after)?.number ?? 0);
    this.reads.push({ after: number, filtered: Object.values(query).some((value) => value !== null) });
    if (this.failure !== null) throw this.failure;
    if (number > this.#events.length)
      throw new TidingsError('POSITION_EXPIRED', 'beyond the newest', { oldest: this.position(0) });
    const seen = this.#events.slice(number, number + limit);
    const items = seen.filter((event) => matchesQuery(event, query));
    return {
      items,
      from: this.position(number),
      next: this.position(number + seen.length),
      more: number + seen.length < this.#events.length,
    };
  }

  async newestStatusPosition(): Promise<string> {
    if (this.failure !== null) throw this.failure;
    return this.position(this.#events.length);
  }

  async statusFeed() {
    if (this.failure !== null) throw this.failure;
    return { enabled: this.enabled, globals: true };
  }

  watchStatusEvents(_tenantId: string, wake: () => void): () => void {
    this.#watchers.add(wake);
    return () => void this.#watchers.delete(wake);
  }
}
