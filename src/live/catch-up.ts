import type { LiveEvent } from '../core/live/event.js';
import type { EventsAfter } from '../core/live/event-stream.js';
import { Dispatch } from './frames.js';
import type { LiveSession } from './session.js';
import type { Subscription, Via } from './subscription.js';

/** Events of now that wait while older ones are sent. What is beyond is read from the stream. */
const MAX_HELD = 500;

/**
 * Sends to subscriptions what followed an event, from the stream, in order and once, and hands over to what happens now: events that
 * come meanwhile wait, and what was read already is not sent again.
 */
export class CatchUp {
  /** Null if there were too many: they are read from the stream. */
  #held: LiveEvent[] | null = [];
  #heldChars = 0;
  #page: LiveEvent[] = [];
  #more = false;
  #recovered = false;
  /** Id of the latest event that was read. */
  #at: string;
  /** Something that waited was too much, and is not read either. */
  #missed = false;
  /** Id of the event behind which it was read in one piece with what comes now; null if it was not. */
  #readAfter: string | null = null;

  constructor(
    private readonly session: LiveSession,
    private readonly subscriptions: readonly Subscription[],
    private readonly after: string,
  ) {
    this.#at = after;
    for (const subscription of subscriptions) subscription.catchingUp = this;
  }

  hold(event: LiveEvent): void {
    // They are sent at once when their turn comes, so no more is held than there is room for.
    this.#heldChars += JSON.stringify(event.data).length;
    const fits = this.#heldChars < this.session.services.limits.bufferedBytes / 2;
    if (this.#held !== null && this.#held.length < MAX_HELD && fits) {
      this.#held.push(event);
      return;
    }
    // Parts have no common order: one may have come this far only now, though what is read lies behind its events.
    this.#missed ||= [...(this.#held ?? []), event].some((one) => one.id <= this.#at && !this.#wasRead(one));
    this.#held = null;
  }

  /** What comes now may have other ids than what was read, though they look the same. */
  lost(): void {
    this.#held = this.#held?.filter((event) => !this.#wasRead(event)) ?? null;
    this.#readAfter = null;
  }

  /** Whether everything after the event is still known. */
  async begin(): Promise<boolean> {
    const found = await this.session.services.stream.after(this.session.tenantId, this.after);
    this.#recovered = found.recovered;
    this.#take(found);
    return found.recovered;
  }

  /** Sends what was missed, then what came meanwhile; from then on the subscriptions are live. */
  async finish(): Promise<void> {
    const { session } = this;
    try {
      for (;;) {
        for (const event of this.#page) {
          if (session.closed) return;
          this.#offer(event);
          this.#at = event.id;
          await session.room();
        }
        if (!this.#more && this.#held !== null) break;
        await this.#next();
      }
      if (this.#missed) throw new Error('too much of a part that is late came while the stream was read');
    } catch (error) {
      session.services.logger.debug({ err: error }, 'what a connection missed cannot be read to its end');
      if (!session.closed) session.gap(this.subscriptions.map(({ pattern }) => pattern));
    }
    for (const event of this.#held ?? []) if (!this.#wasRead(event)) this.#offer(event);
    const read = this.#readAfter === null ? null : { after: this.#readAfter, upTo: this.#at };
    for (const subscription of this.subscriptions) {
      subscription.catchingUp = null;
      subscription.read = read;
    }
  }

  #take({ recovered, events, more }: EventsAfter): void {
    this.#page = events;
    this.#more = more;
    if (recovered) this.#readAfter ??= this.#at;
  }

  #wasRead({ id }: LiveEvent): boolean {
    return this.#readAfter !== null && id > this.#readAfter && id <= this.#at;
  }

  async #next(): Promise<void> {
    // Without what was missed there is nothing to read on from: only what waited was too much.
    if (!this.#recovered) throw new Error('too much happened while the stream was read');
    if (this.#held === null) {
      this.#held = [];
      this.#heldChars = 0;
    }
    const found = await this.session.services.stream.after(this.session.tenantId, this.#at);
    if (!found.recovered) throw new Error('the stream has forgotten what a slow reader has yet to get');
    this.#take(found);
  }

  #offer(event: LiveEvent): void {
    const { session } = this;
    const matched: Array<{ subscription: Subscription; via: Via }> = [];
    for (const via of ['topic', 'parent'] as const) {
      for (const subscription of this.subscriptions) {
        if (session.subscriptions.has(subscription) && subscription.matches(event, via)) matched.push({ subscription, via });
      }
    }
    if (matched.length > 0 && !this.#isSentAnyway(event)) session.send(new Dispatch(event, session.services.encode), matched);
  }

  /** By another subscription of the connection: it was, or will be when its turn comes. */
  #isSentAnyway(event: LiveEvent): boolean {
    for (const other of this.session.subscriptions) {
      if (other.catchingUp !== null || (other.covers !== null && event.id <= other.covers)) continue;
      if (other.matches(event, 'topic') || other.matches(event, 'parent')) return true;
    }
    return false;
  }
}
