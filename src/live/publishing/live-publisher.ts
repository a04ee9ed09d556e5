import { TidingsError } from '../../core/domain/errors.js';
import type { NewLiveEvent } from '../../core/domain/live/live-event.js';
import type { AppendedEvent, EventStream } from '../../core/ports/event-stream.js';
import { type BusMessage, liveChannel, type MessageBus } from '../../core/ports/message-bus.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import type { FlowRules } from './flow-rules.js';

/** Bounds the events of one tenant that one node takes. */
export interface PublisherLimits {
  /** Events in a second, in the long run. */
  eventsPerSecond: number;
  /** Events at once, after a pause. */
  eventsBurst: number;
}

interface PublisherContext {
  bus: MessageBus;
  stream: EventStream;
  rules: FlowRules;
  limiter: Pick<TenantLimiter, 'charge' | 'refund'>;
  limits: PublisherLimits;
  now(): number;
  onPublished(tenantId: string, events: number): void;
}

/** Forgets buckets that are full again at most this often, in milliseconds. */
const TIDY_MS = 60_000;

/** Puts events into their tenant's stream, then tells the nodes. */
export class LivePublisher {
  #rates = new Map<string, { bucket: TokenBucket; at: number }>();
  #tidiedAt = 0;

  constructor(private readonly context: PublisherContext) {}

  /**
   * Publishes all events or none.
   * @returns their ids, in order
   * @throws TidingsError RATE_LIMITED, SERVICE_UNAVAILABLE
   */
  async publish(tenantId: string, events: ReadonlyArray<Omit<NewLiveEvent, 'flows'>>): Promise<string[]> {
    if (events.length === 0) return [];
    const { bus, limiter, onPublished } = this.context;
    const costs = { liveEvents: events.length };
    const charged = limiter.charge(tenantId, costs);
    if (charged !== undefined) await charged;
    const appended = await this.#append(tenantId, events).catch((error) => {
      limiter.refund(tenantId, costs);
      throw error;
    });
    const messages: BusMessage[] = [];
    for (const { event, previous, run } of appended) {
      for (const [part, before] of previous) {
        messages.push({ channel: liveChannel(tenantId, part), event: { type: 'live', event, previous: before, run } });
      }
    }
    onPublished(tenantId, events.length);
    // Nodes find in the stream what the bus loses.
    bus.publish(messages).catch(() => {});
    return appended.map(({ event }) => event.id);
  }

  async #append(tenantId: string, events: ReadonlyArray<Omit<NewLiveEvent, 'flows'>>): Promise<AppendedEvent[]> {
    const { stream, rules } = this.context;
    this.#limit(tenantId, events.length);
    const flows = await rules.of(tenantId);
    return stream.append(
      tenantId,
      events.map((event) => ({ ...event, flows: flows(event) })),
    );
  }

  #limit(tenantId: string, count: number): void {
    const { limits } = this.context;
    const now = this.context.now();
    if (now - this.#tidiedAt > TIDY_MS) {
      this.#tidiedAt = now;
      const fullAfterMs = (1000 * limits.eventsBurst) / limits.eventsPerSecond;
      for (const [key, { at }] of this.#rates) if (now - at > fullAfterMs) this.#rates.delete(key);
    }
    const rate = this.#rates.get(tenantId) ?? {
      bucket: new TokenBucket(limits.eventsPerSecond, limits.eventsBurst, now),
      at: now,
    };
    this.#rates.set(tenantId, rate);
    rate.at = now;
    if (rate.bucket.take(now, count)) return;
    throw new TidingsError('RATE_LIMITED', `a tenant may publish ${limits.eventsPerSecond} events per second`, {
      retryAfter: rate.bucket.secondsUntil(count),
    });
  }
}
