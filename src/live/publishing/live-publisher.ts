import { TidingsError } from '../../core/domain/errors.js';
import type { EventPart, EventPublisher } from '../../core/ports/event-publisher.js';
import type { EventStream } from '../../core/ports/event-stream.js';
import { type BusMessage, liveChannel, type MessageBus } from '../../core/ports/message-bus.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import { nextTurn } from '../../lib/cooperative-loop.js';
import { FairSemaphore } from '../../lib/fair-semaphore.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import type { FlowRules, Flows } from './flow-rules.js';

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

/** Lets so many parts of long calls be on their way to Redis, of all tenants together. */
const MAX_PARTS = 4;
/** Forgets buckets that are full again at most this often, in milliseconds. */
const TIDY_MS = 60_000;

/** Puts events into their tenant's stream, then tells the nodes. */
export class LivePublisher implements EventPublisher {
  readonly #turns = new FairSemaphore(MAX_PARTS);
  #rates = new Map<string, { bucket: TokenBucket; at: number }>();
  #tidiedAt = 0;

  constructor(private readonly context: PublisherContext) {}

  /** See {@link EventPublisher}. */
  async publish(tenantId: string, parts: readonly EventPart[]): Promise<string[]> {
    const count = parts.reduce((sum, part) => sum + part.length, 0);
    if (count === 0) return [];
    const { limiter, rules } = this.context;
    const charged = limiter.charge(tenantId, { liveEvents: count });
    if (charged !== undefined) await charged;
    const ids: string[] = [];
    try {
      this.#limit(tenantId, count);
      const flows = await rules.of(tenantId);
      if (parts.length === 1) await this.#publishPart(tenantId, parts[0] as EventPart, flows, ids);
      else for (const part of parts) await this.#publishInTurn(tenantId, part, flows, ids);
    } catch (error) {
      limiter.refund(tenantId, { liveEvents: count - ids.length });
      if (ids.length === 0) throw error;
    }
    return ids;
  }

  /** Publishes a part of a long call: a few at a time, and none before Redis has taken the one before. */
  async #publishInTurn(tenantId: string, part: EventPart, flows: Flows, ids: string[]): Promise<void> {
    await this.#turns.acquire(tenantId);
    try {
      await nextTurn();
      await (await this.#publishPart(tenantId, part, flows, ids)).told;
    } finally {
      this.#turns.release();
    }
  }

  /** @param ids gets those of the events @returns when the nodes were told: they find in the stream what the bus loses */
  async #publishPart(tenantId: string, part: EventPart, flows: Flows, ids: string[]): Promise<{ told: Promise<void> }> {
    const { bus, stream, onPublished } = this.context;
    const appended = await stream.append(
      tenantId,
      part.map((event) => ({ ...event, flows: flows(event) })),
    );
    const messages: BusMessage[] = [];
    for (const { event, previous, run } of appended) {
      ids.push(event.id);
      for (const [of, before] of previous) {
        messages.push({ channel: liveChannel(tenantId, of), event: { type: 'live', event, previous: before, run } });
      }
    }
    onPublished(tenantId, part.length);
    return { told: bus.publish(messages).catch(() => {}) };
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
