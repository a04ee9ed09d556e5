import { latest } from '../../core/domain/live/event-id.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import { ALL_PARTS, foldFirst, type Part, partsOfEvent } from '../../core/domain/live/topic-pattern.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import { OncePerTurn } from '../../lib/once-per-turn.js';
import { type EncodeFrame, EventDispatch, type Via } from '../matching/event-dispatch.js';
import type { Subscriber, Subscription } from '../matching/subscription.js';
import type { SubscriptionFinder } from '../matching/subscription-index.js';
import { SubscriptionLedger } from '../matching/subscription-ledger.js';
import { FanOut } from './fan-out.js';
import { type FollowerContext, PartitionFollower, type PassedRange, wasPassed } from './partition-follower.js';

export interface FeedContext extends FollowerContext {
  encode: EncodeFrame;
  turns: FairTurns;
  createIndex(): SubscriptionFinder<Subscription>;
  /** Learns that the stream could not be read: `repair` is to be called again in a moment. */
  onStale(feed: TenantFeed): void;
  onMatched(deliveries: number): void;
}

/** Lets conditions take this many steps in one turn of the event loop before further events wait. */
const TURN_STEPS = 10_000;

/** Remembers at most so many parts that are followed no more. */
const MAX_ENDED = 10_000;

interface HeldPart {
  readonly follower: PartitionFollower;
  users: number;
  readonly subscriptions: Set<Subscription>;
}

/**
 * Remembers what a closed follower had passed on, until the stream can give it to no other follower any more.
 */
interface Ended extends PassedRange {
  at: number;
}

/**
 * Brings a tenant's events to the connections of this node: follows each part while a subscription could want
 * it, and passes events on to the subscribers that match.
 */
export class TenantFeed {
  readonly #parts = new Map<Part, HeldPart>();
  readonly #ended = new Map<Part, Ended>();
  /** Names the latest event that was passed on, by its id. */
  #passed: string | null = null;
  readonly #index: SubscriptionFinder<Subscription>;
  /** Holds the subscriptions whose first segment matches in any case. */
  readonly #folded: SubscriptionFinder<Subscription>;
  readonly #ledger = new SubscriptionLedger();
  /** Counts the steps that conditions have taken in this turn of the event loop. */
  #steps = 0;
  readonly #turnEnd = new OncePerTurn(() => {
    this.#steps = 0;
  });
  /** Further events wait until it is the tenant's turn. */
  #waits = false;
  /** The tenant's turn has come: one event passes, whatever the clock says. */
  #isDue = false;
  readonly #fanOut: FanOut;

  constructor(
    readonly tenantId: string,
    private readonly context: FeedContext,
  ) {
    this.#index = context.createIndex();
    this.#folded = context.createIndex();
    const { turns, logger } = context;
    this.#fanOut = new FanOut({ tenantId, turns, logger, done: () => this.#resume() });
  }

  get isIdle(): boolean {
    return this.#parts.size === 0;
  }

  get subscriptions(): number {
    return this.#index.size + this.#folded.size;
  }

  /**
   * Follows a part, and resolves once its events arrive.
   * @throws TidingsError SERVICE_UNAVAILABLE
   */
  async hold(part: Part): Promise<void> {
    let held = this.#parts.get(part);
    if (!held) {
      held = this.#follow(part);
      this.#parts.set(part, held);
    }
    held.users++;
    try {
      await held.follower.ready;
    } catch (error) {
      // All who wait for the part fail with it.
      this.#drop(held);
      throw error;
    }
  }

  release(part: Part): void {
    const held = this.#parts.get(part);
    if (held && --held.users === 0) this.#drop(held);
  }

  /** Returns the id up to which a part that is held has come. */
  position(part: Part): string | null {
    return this.#parts.get(part)?.follower.position ?? null;
  }

  /**
   * @throws TidingsError QUOTA_EXCEEDED if they, or their conditions, take too much, and then none is added
   */
  add(subscriptions: readonly Subscription[]): void {
    this.#ledger.add(subscriptions);
    for (const subscription of subscriptions) this.#add(subscription);
  }

  #add(subscription: Subscription): void {
    const { part } = subscription;
    subscription.from = this.position(part);
    // Another part may have come further: what that passed on is not passed on again.
    subscription.covers = latest(subscription.from, this.#passed);
    this.#parts.get(part)?.subscriptions.add(subscription);
    this.#indexOf(subscription).add(subscription);
  }

  delete(subscription: Subscription): void {
    this.#parts.get(subscription.part)?.subscriptions.delete(subscription);
    this.#indexOf(subscription).delete(subscription);
    this.#ledger.delete(subscription);
  }

  /** Compares the feed with the stream. Finds what was lost on the bus and has no successor. */
  async look(): Promise<void> {
    this.#forgetEnded();
    await this.repair();
    const live = this.#followers().filter((one) => one.isLive);
    if (live.length === 0) return;
    const positions = live.map((one) => one.position);
    const { ids, run } = await this.context.stream.heads(this.tenantId, [ALL_PARTS, ...live.map((one) => one.part)]);
    const [all = null, ...heads] = ids;
    for (const [i, one] of live.entries()) one.compare(positions[i] ?? null, { all, own: heads[i] ?? null, run });
    await this.repair();
  }

  /** Passes nothing on until `repair` has read the stream: the bus may have lost events. */
  doubt(): void {
    for (const follower of this.#followers()) follower.doubt();
  }

  async repair(): Promise<void> {
    await Promise.all(this.#followers().map((follower) => follower.repair()));
  }

  close(): void {
    for (const held of [...this.#parts.values()]) this.#drop(held);
  }

  // ---- Parts ----

  #followers(): PartitionFollower[] {
    return [...this.#parts.values()].map(({ follower }) => follower);
  }

  #follow(part: Part): HeldPart {
    const subscriptions = new Set<Subscription>();
    const follower: PartitionFollower = new PartitionFollower(this.tenantId, part, this.context, {
      pass: (event) => this.#pass(event, follower),
      isBusy: () => this.#isBusy(),
      lost: () => tellLost(subscriptions, follower.position),
      stale: () => this.context.onStale(this),
    });
    return { follower, users: 0, subscriptions };
  }

  #drop(held: HeldPart): void {
    const { follower } = held;
    follower.close();
    if (this.#parts.get(follower.part) !== held) return;
    this.#parts.delete(follower.part);
    if (this.#parts.size === 0) {
      this.#ended.clear();
      return;
    }
    this.#ended.delete(follower.part);
    this.#ended.set(follower.part, { ...follower.passed, at: this.context.timers.now() });
    // Without the oldest an event may be passed on twice, rather than not.
    for (const part of this.#ended.keys()) {
      if (this.#ended.size <= MAX_ENDED) break;
      this.#ended.delete(part);
    }
  }

  #forgetEnded(): void {
    const before = this.context.timers.now() - this.context.maxAgeMs;
    for (const [part, { at }] of this.#ended) if (at < before) this.#ended.delete(part);
  }

  /**
   * Returns true if another part has passed the event on: of several parts, the first to come to it serves
   * all.
   */
  #hasBeenPassed(event: LiveEvent, by: PartitionFollower): boolean {
    if (this.#parts.size === 1 && this.#ended.size === 0) return false;
    for (const part of [ALL_PARTS, ...partsOfEvent(event)]) {
      const follower = this.#parts.get(part)?.follower;
      if (follower && follower !== by && wasPassed(follower.passed, event.id, by.run)) return true;
      const ended = this.#ended.get(part);
      if (ended && wasPassed(ended, event.id, by.run)) return true;
    }
    return false;
  }

  // ---- Events ----

  #indexOf({ options }: Subscription): SubscriptionFinder<Subscription> {
    return options.folded ? this.#folded : this.#index;
  }

  /**
   * Tells whether further events are to wait: one is still on its way, or judging conditions, of whatever
   * tenant, has taken its time in this turn of the event loop.
   */
  #isBusy(): boolean {
    if (this.#fanOut.isUnderWay || this.#waits) return true;
    if (this.#isDue) {
      this.#isDue = false;
      return false;
    }
    const { turns } = this.context;
    if (!this.#ledger.judges || (this.#steps < TURN_STEPS && !turns.isSpent)) return false;
    this.#waits = true;
    turns.ask(this.tenantId, () => {
      this.#waits = false;
      this.#isDue = true;
      this.#steps = 0;
      this.#resume();
    });
    return true;
  }

  #resume(): void {
    if (!this.#fanOut.isUnderWay) for (const follower of this.#followers()) follower.resume();
  }

  #spend(steps: number): void {
    if (steps === 0) return;
    this.#steps += steps;
    this.#turnEnd.ask();
  }

  #pass(event: LiveEvent, by: PartitionFollower): void {
    if (this.#hasBeenPassed(event, by)) return;
    this.#passed = latest(this.#passed, event.id);
    const dispatch = new EventDispatch(event, this.context.encode);
    const touched: Subscriber[] = [];
    const unjudged: Subscription[] = [];
    const found = (via: Via) => (subscription: Subscription) => {
      if (!subscription.awaits(event.id)) return;
      const holds = dispatch.holds(subscription.options.condition);
      if (holds === null) unjudged.push(subscription);
      else if (holds && subscription.subscriber.stage(subscription, via)) touched.push(subscription.subscriber);
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
    this.#fanOut.pass(dispatch, touched);
    tellGap(unjudged);
    this.#spend(dispatch.steps);
    this.context.onMatched(touched.length);
  }

  /** Passes to a connection now what it would get in a turn to come. */
  finish(subscriber: Subscriber): void {
    this.#fanOut.finish(subscriber);
  }
}

function tellLost(subscriptions: Iterable<Subscription>, position: string | null): void {
  for (const subscription of subscriptions) subscription.lost(position);
  tellGap(subscriptions);
}

/** Tells each connection, once, the patterns of its subscriptions that may have missed events. */
function tellGap(subscriptions: Iterable<Subscription>): void {
  const told = new Map<Subscriber, Set<string>>();
  for (const subscription of subscriptions) {
    const topics = told.get(subscription.subscriber) ?? new Set();
    told.set(subscription.subscriber, topics.add(subscription.pattern));
  }
  for (const [subscriber, topics] of told) subscriber.gap([...topics]);
}
