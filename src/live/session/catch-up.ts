import { latest } from '../../core/domain/live/event-id.js';
import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { Part } from '../../core/domain/live/topic-pattern.js';
import { beginningsOf } from '../feed/event-log.js';
import type { ReadEvents } from '../feed/tenant-reader.js';
import { EventDispatch, type Via } from '../matching/event-dispatch.js';
import type { Subscription } from '../matching/subscription.js';
import type { SessionServices } from './session-services.js';

/** Holds at most this many events of now while older ones are sent. More are read from the stream. */
const MAX_HELD = 500;

/** Pairs a subscription with the way in which an event matched it. */
export interface Match {
  subscription: Subscription;
  via: Via;
}

/** The connection that catches up, as far as the catch-up needs it. */
export interface CatchUpTarget {
  readonly tenantId: string;
  readonly closed: boolean;
  readonly subscriptions: ReadonlySet<Subscription>;
  readonly services: Pick<SessionServices, 'reader' | 'dispatches' | 'encode' | 'logger' | 'turns'> & {
    limits: { bufferedBytes: number };
  };
  /** Id up to which a part that is followed has come. */
  position(part: Part): string | null;
  /** Waits until half of the room is free. */
  room(): Promise<void>;
  send(dispatch: EventDispatch, matched: readonly Match[]): void;
  /** Takes the event that is on its way to the connection now, instead of in a turn to come. */
  finishStaged(): void;
  gap(topics: readonly string[]): void;
}

/**
 * Sends to subscriptions what followed an event, from the stream, in order and once, and hands over to what
 * happens now: events that come meanwhile wait, and what was read already is not sent again.
 */
export class CatchUp {
  /** Holds events of now; null if there were too many, which are then read from the stream. */
  #held: EventDispatch[] | null = [];
  #heldChars = 0;
  #page: readonly LiveEvent[] = [];
  /** Id up to which the page has everything that can match. */
  #pageEnd: string;
  #more = false;
  /** Beginnings of the topics that can match; null: all. */
  readonly #beginnings: readonly string[] | null;
  #recovered = false;
  /** Names the latest event that was read, by its id. */
  #at: string;
  /** An event was dropped because there were too many, and is not read from the stream either. */
  #missed = false;
  /** Holds patterns of which an event could not be judged within its steps. */
  readonly #unjudged = new Set<string>();
  /** Holds ids of events that were left to a live subscription, which has yet to get them. */
  readonly #left = new Set<string>();
  /** Names the latest event that was dropped because there were too many, by its id. */
  #dropped: string | null = null;
  /** Everything behind the event with this id was read without a break up to now; null if it was not. */
  #readAfter: string | null = null;

  constructor(
    private readonly target: CatchUpTarget,
    private readonly subscriptions: readonly Subscription[],
    private readonly after: string,
  ) {
    this.#at = after;
    this.#pageEnd = after;
    this.#beginnings = beginningsOf(subscriptions.map(({ segments }) => segments));
    for (const subscription of subscriptions) {
      // A subscription that is behind has another catch-up, whose turn comes later; until then that one takes
      // its events of now.
      if (subscription.catchingUp !== null) continue;
      subscription.catchingUp = this;
      subscription.liveUpTo = target.position(subscription.part);
    }
  }

  hold(dispatch: EventDispatch): void {
    // Held events are sent all at once when their turn comes, so no more are held than there is room for.
    this.#heldChars += dispatch.chars;
    const fits = this.#heldChars < this.target.services.limits.bufferedBytes / 2;
    if (this.#held !== null && this.#held.length < MAX_HELD && fits) {
      this.#held.push(dispatch);
      return;
    }
    // Parts have no common order: one may have come this far only now, though the stream was read beyond its
    // events.
    const dropped = [...(this.#held ?? []), dispatch].map((one) => one.event);
    this.#missed ||= dropped.some((one) => one.id <= this.#at && !this.#wasRead(one));
    for (const one of dropped) this.#dropped = latest(this.#dropped, one.id);
    this.#held = null;
  }

  /**
   * Forgets ids that were read: events that come now are of another run, though their ids may look the same.
   */
  lost(): void {
    this.#held = this.#held?.filter(({ event }) => !this.#wasRead(event)) ?? null;
    this.#readAfter = null;
  }

  /** Reads the first page. Returns true if everything after the event is still known. */
  async begin(): Promise<boolean> {
    const found = await this.#read(this.after);
    this.#recovered = found.recovered;
    this.#take(found);
    return found.recovered;
  }

  /** Sends what was missed, then what came meanwhile; from then on the subscriptions are live. */
  async finish(): Promise<void> {
    let complete = true;
    try {
      await this.#sendPage();
      while (!this.#isUpToNow() && !this.target.closed) {
        await this.#next();
        await this.#sendPage();
      }
      if (this.target.closed) return;
      if (this.#missed) throw new Error('too much of a part that is late came while the stream was read');
    } catch (error) {
      complete = false;
      this.#tellIncomplete(error);
    }
    // Runs in the same turn as the last look at what is held: an event that came between them would be lost.
    this.#goLive(complete);
  }

  #isUpToNow(): boolean {
    // An event that is on its way may have been read, too: it is held, and told from that.
    this.target.finishStaged();
    return !this.#more && this.#held !== null;
  }

  async #sendPage(): Promise<void> {
    const { tenantId, services } = this.target;
    const { turns, dispatches } = services;
    // What needs no judging is sent at once, as long as it is little.
    const isJudged = this.subscriptions.some(({ options }) => options.condition !== null);
    if (isJudged && this.#page.length > 0) await turns.next(tenantId);
    for (const event of this.#page) {
      if (turns.isSpent) await turns.next(tenantId);
      if (this.target.closed) return;
      this.#offer(dispatches.of(event));
      this.#at = event.id;
      await this.target.room();
    }
    this.#at = this.#pageEnd;
  }

  #tellIncomplete(error: unknown): void {
    const { target } = this;
    target.services.logger.debug({ err: error }, 'what a connection missed cannot be read to its end');
    const present = this.subscriptions.filter((one) => target.subscriptions.has(one));
    if (present.length > 0) target.gap(present.map(({ pattern }) => pattern));
  }

  #goLive(complete: boolean): void {
    this.target.finishStaged();
    for (const held of this.#held ?? []) if (!this.#wasRead(held.event)) this.#offer(held);
    if (this.#unjudged.size > 0) this.target.gap([...this.#unjudged]);
    const read = this.#readAfter === null ? null : { after: this.#readAfter, upTo: this.#at, left: this.#left };
    for (const subscription of this.subscriptions) {
      if (read !== null) subscription.read = read;
      if (complete) this.#coverAll(subscription);
      if (subscription.catchingUp !== this) continue;
      subscription.catchingUp = null;
      if (!complete) subscription.covers = [subscription.liveUpTo, this.#dropped].reduce(latest, subscription.covers);
    }
  }

  /**
   * Notes that everything behind `after` was sent or will be, unless that holds from further back already.
   */
  #coverAll(subscription: Subscription): void {
    const { covers } = subscription;
    if (this.#readAfter === this.after && covers !== null && this.after < covers) subscription.covers = this.after;
  }

  #read(id: string): Promise<ReadEvents> {
    const { tenantId, services } = this.target;
    return services.reader.after(tenantId, id, this.#beginnings);
  }

  #take({ recovered, events, upTo, more }: ReadEvents): void {
    this.#page = events;
    this.#pageEnd = upTo ?? this.#at;
    this.#more = more;
    if (recovered) this.#readAfter ??= this.#at;
  }

  #wasRead({ id }: LiveEvent): boolean {
    return this.#readAfter !== null && id > this.#readAfter && id <= this.#at;
  }

  async #next(): Promise<void> {
    // Nothing was read, so there is nothing to read on from: only the events of now were too many.
    if (!this.#recovered) throw new Error('too much happened while the stream was read');
    if (this.#held === null) {
      this.#held = [];
      this.#heldChars = 0;
    }
    const found = await this.#read(this.#at);
    if (!found.recovered) throw new Error('the stream has forgotten what a slow reader has yet to get');
    this.#take(found);
  }

  #offer(shared: EventDispatch): void {
    const { target } = this;
    let dispatch = shared;
    let { matched, unjudged } = this.#match(shared);
    if (unjudged.length > 0) {
      // Others have used up the event's steps: what this connection asks has steps of its own.
      dispatch = new EventDispatch(shared.event, target.services.encode);
      ({ matched, unjudged } = this.#match(dispatch));
    }
    for (const { pattern } of unjudged) this.#unjudged.add(pattern);
    if (matched.length > 0 && !this.#isSentAnyway(dispatch)) target.send(dispatch, matched);
  }

  #match(dispatch: EventDispatch): { matched: Match[]; unjudged: Subscription[] } {
    const matched: Match[] = [];
    const unjudged: Subscription[] = [];
    for (const via of ['topic', 'parent'] as const) {
      for (const subscription of this.subscriptions) {
        if (!this.target.subscriptions.has(subscription)) continue;
        const matches = subscription.matches(dispatch, via);
        if (matches) matched.push({ subscription, via });
        else if (matches === null) unjudged.push(subscription);
      }
    }
    return { matched, unjudged };
  }

  /** Returns true if another subscription has sent the event, or will when it comes by. */
  #isSentAnyway(dispatch: EventDispatch): boolean {
    const { event } = dispatch;
    for (const one of this.target.subscriptions) {
      if (!one.hasSent(event.id) || !(one.matches(dispatch, 'topic') || one.matches(dispatch, 'parent'))) continue;
      const position = this.target.position(one.part);
      if (!one.hasRead(event.id) && (position === null || event.id > position)) this.#left.add(event.id);
      return true;
    }
    return false;
  }
}
