import { type Subscription as BusSubscription, liveChannel, type MessageBus } from '../core/bus.js';
import { unavailable } from '../core/errors.js';
import type { LiveEvent } from '../core/live/event.js';
import { placeOf } from '../core/live/event-ids.js';
import type { EventStream } from '../core/live/event-stream.js';
import { ALL_PARTS, foldFirst, type Part, partsOfEvent } from '../core/live/topics.js';
import type { Logger } from '../core/logger.js';
import { Dispatch, type EncodeFrame } from './frames.js';
import type { LiveSession } from './session.js';
import type { Subscription } from './subscription.js';
import type { SubscriptionIndex } from './topic-index.js';

export interface FeedContext {
  bus: MessageBus;
  stream: EventStream;
  encode: EncodeFrame;
  createIndex(): SubscriptionIndex<Subscription>;
  logger: Logger;
  /** How long a subscription on the bus may take to be confirmed. */
  confirmMs: number;
  /** How long the stream keeps events. */
  maxAgeMs: number;
  /** Called when the stream could not be read: `look` is to be called again in a moment. */
  onStale(feed: TenantFeed): void;
  onMatched(deliveries: number): void;
  onRecovered(complete: boolean): void;
}

interface BusEvent {
  event: LiveEvent;
  previous: string | null;
}

/** `live`: what comes on the bus is passed on. `reading`: it waits until the stream has been read. `stale`: Redis was away; a later look reads. */
type Phase = 'live' | 'reading' | 'stale';

interface HeldPart {
  readonly part: Part;
  users: number;
  phase: Phase;
  /** Everything of this part up to here has been passed on, or was before the first subscription. */
  position: string | null;
  /** Events may have been lost since the present reading began. */
  again: boolean;
  waiting: BusEvent[];
  bus: BusSubscription | null;
  ready: Promise<void>;
}

/** Events that wait while the stream is read. What is beyond is in the stream. */
const MAX_WAITING = 1000;
/** Ids of events that were passed on, so that one that belongs to two parts is passed on once. */
const REMEMBERED = 10_000;

/**
 * A tenant's events on this node: received while somebody could want them, passed on to the connections whose subscriptions match.
 * Each event that comes on the bus names its predecessor in its part; if that was not seen, the stream is read, and if the stream
 * has forgotten it, the subscribers are told.
 */
export class TenantFeed {
  readonly #parts = new Map<Part, HeldPart>();
  readonly #index: SubscriptionIndex<Subscription>;
  /** Subscriptions whose first segment is the same in any case. */
  readonly #folded: SubscriptionIndex<Subscription>;
  #passed = new Set<string>();
  #passedBefore = new Set<string>();
  #closed = false;

  constructor(
    readonly tenantId: string,
    private readonly context: FeedContext,
  ) {
    this.#index = context.createIndex();
    this.#folded = context.createIndex();
  }

  get isIdle(): boolean {
    return this.#parts.size === 0;
  }

  get subscriptions(): number {
    return this.#index.size + this.#folded.size;
  }

  /**
   * Resolves once the part's events arrive.
   * @throws TidingsError SERVICE_UNAVAILABLE
   */
  async hold(part: Part): Promise<void> {
    let held = this.#parts.get(part);
    if (!held) {
      held = { part, users: 0, phase: 'reading', position: null, again: false, waiting: [], bus: null, ready: Promise.resolve() };
      this.#parts.set(part, held);
      held.ready = this.#open(held);
      held.ready.catch(() => {});
    }
    held.users++;
    // If it cannot be opened it is dropped, with all who wait for it.
    await held.ready;
  }

  release(part: Part): void {
    const held = this.#parts.get(part);
    if (!held || --held.users > 0) return;
    this.#drop(held);
  }

  add(subscription: Subscription): void {
    subscription.from = this.#parts.get(subscription.part)?.position ?? null;
    (subscription.options.folded ? this.#folded : this.#index).add(subscription);
  }

  delete(subscription: Subscription): void {
    (subscription.options.folded ? this.#folded : this.#index).delete(subscription);
  }

  /** Compares with the stream: what was lost on the bus without a successor is found here. */
  async look(): Promise<void> {
    const held = [...this.#parts.values()];
    for (const one of held) if (one.phase === 'stale') await this.#read(one);
    const live = held.filter((one) => one.phase === 'live' && this.#parts.get(one.part) === one);
    if (live.length === 0) return;
    const positions = live.map((one) => one.position);
    const [all = null, ...heads] = await this.context.stream.heads(this.tenantId, [ALL_PARTS, ...live.map((one) => one.part)]);
    for (const [i, one] of live.entries()) {
      const head = heads[i] ?? null;
      const position = positions[i] ?? null;
      // A stream whose end is before what we have seen, or that has no end, is another one.
      const isOther = position !== null && (all === null || all < position);
      const isBehind = head !== null && (position === null || head > position);
      if ((isOther || isBehind) && one.position === position && one.phase === 'live') await this.#read(one);
    }
  }

  /** After the bus may have lost events. */
  async gap(): Promise<void> {
    const held = [...this.#parts.values()].filter((one) => one.bus !== null);
    for (const one of held) one.again = true;
    await Promise.all(held.map((one) => this.#read(one)));
  }

  close(): void {
    this.#closed = true;
    for (const held of [...this.#parts.values()]) this.#drop(held);
  }

  // ---- Parts ----

  #drop(held: HeldPart): void {
    if (this.#parts.get(held.part) === held) this.#parts.delete(held.part);
    held.bus?.close();
    held.bus = null;
    held.waiting = [];
  }

  #isHeld(held: HeldPart): boolean {
    return !this.#closed && this.#parts.get(held.part) === held;
  }

  async #open(held: HeldPart): Promise<void> {
    const { bus, stream, confirmMs } = this.context;
    const subscribing = bus.subscribe(liveChannel(this.tenantId, held.part), (event) => {
      if (event.type === 'live') this.#receive(held, event);
    });
    subscribing.then((subscription) => {
      if (this.#isHeld(held)) held.bus = subscription;
      else subscription.close();
    });
    try {
      await within(confirmMs, subscribing);
      // The end of the part, or of the whole stream where the part has none: nothing of the part lies between.
      const [all = null, head = null] = await stream.heads(this.tenantId, [ALL_PARTS, held.part]);
      held.position = head ?? all;
      held.phase = 'live';
      this.#flush(held);
      if (held.again) this.#read(held);
    } catch (error) {
      this.#drop(held);
      throw error;
    }
  }

  // ---- Events ----

  #receive(held: HeldPart, event: BusEvent): void {
    if (held.phase === 'live') this.#take(held, event);
    else if (held.waiting.length < MAX_WAITING) held.waiting.push(event);
    else held.waiting = [];
  }

  #take(held: HeldPart, { event, previous }: BusEvent): void {
    if (held.position !== null && event.id <= held.position) return;
    if (this.#follows(held.position, event, previous)) {
      held.position = event.id;
      this.#pass(event);
      return;
    }
    held.waiting.push({ event, previous });
    this.#read(held).catch(() => {});
  }

  #follows(position: string | null, event: LiveEvent, previous: string | null): boolean {
    if (previous !== null) return position !== null && previous <= position;
    if (position === null) return true;
    // The stream remembers the end of a part for a while: only an old one can be missing.
    return event.createdAt - (placeOf(position)?.ms ?? 0) > this.context.maxAgeMs;
  }

  #flush(held: HeldPart): void {
    const waiting = held.waiting.splice(0);
    for (const [i, one] of waiting.entries()) {
      this.#take(held, one);
      if (held.phase !== 'live') {
        held.waiting.push(...waiting.slice(i + 1));
        return;
      }
    }
  }

  /** Passes on what the stream has behind our position, then what came meanwhile. */
  async #read(held: HeldPart): Promise<void> {
    if (held.phase === 'reading') return;
    held.phase = 'reading';
    try {
      do {
        held.again = false;
        await this.#readOn(held);
      } while (held.again && this.#isHeld(held));
      held.phase = 'live';
      this.#flush(held);
    } catch (error) {
      held.phase = 'stale';
      held.waiting = [];
      this.context.logger.debug({ err: error, tenantId: this.tenantId }, 'the stream of live events cannot be read now');
      if (this.#isHeld(held)) this.context.onStale(this);
    }
  }

  async #readOn(held: HeldPart): Promise<void> {
    for (let more = true; more && this.#isHeld(held); ) {
      const found = await this.context.stream.after(this.tenantId, held.position);
      if (!this.#isHeld(held)) return;
      if (!found.recovered) {
        if (await this.#lose(held)) continue;
        return;
      }
      for (const event of found.events) {
        held.position = event.id;
        if (held.part === ALL_PARTS || partsOfEvent(event).includes(held.part)) this.#pass(event);
      }
      more = found.more;
      if (!more && found.events.length > 0) this.context.onRecovered(true);
    }
  }

  /** Tells the subscribers. True if the stream is a new one, and what it has had since its beginning can still be read. */
  async #lose(held: HeldPart): Promise<boolean> {
    const fresh = await this.context.stream.after(this.tenantId, null);
    const [all = null, head = null] = fresh.recovered
      ? []
      : await this.context.stream.heads(this.tenantId, [ALL_PARTS, held.part]);
    held.position = head ?? all;
    this.context.onRecovered(false);
    const told = new Map<LiveSession, Set<string>>();
    const tell = (subscription: Subscription) => {
      if (subscription.part !== held.part) return;
      const topics = told.get(subscription.session) ?? new Set();
      told.set(subscription.session, topics.add(subscription.pattern));
    };
    this.#index.each(tell);
    this.#folded.each(tell);
    for (const [session, topics] of told) session.gap([...topics]);
    return fresh.recovered;
  }

  /** To every connection once, whatever parts it came by. */
  #pass(event: LiveEvent): void {
    if (this.#passed.has(event.id) || this.#passedBefore.has(event.id)) return;
    this.#passed.add(event.id);
    if (this.#passed.size >= REMEMBERED) {
      this.#passedBefore = this.#passed;
      this.#passed = new Set();
    }
    const dispatch = new Dispatch(event, this.context.encode);
    const touched: LiveSession[] = [];
    const found = (via: 'topic' | 'parent') => (subscription: Subscription) => {
      if (subscription.awaits(event.id) && dispatch.holds(subscription)) {
        if (subscription.session.stage(subscription, via)) touched.push(subscription.session);
      }
    };
    const topic = event.topic.split(':');
    const foldedEvent = { type: event.type.toLowerCase(), data: event.data };
    this.#index.find(topic, event, found('topic'));
    if (this.#folded.size > 0) this.#folded.find(foldFirst(topic), foldedEvent, found('topic'));
    if (event.parent !== null) {
      const parent = event.parent.split(':');
      this.#index.find(parent, event, found('parent'));
      if (this.#folded.size > 0) this.#folded.find(foldFirst(parent), foldedEvent, found('parent'));
    }
    for (const session of touched) {
      try {
        session.passStaged(dispatch);
      } catch (error) {
        // One connection cannot harm another.
        this.context.logger.error({ err: error, tenantId: this.tenantId }, 'a live event could not be passed on');
      }
    }
    this.context.onMatched(touched.length);
  }
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('Redis is away')), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
