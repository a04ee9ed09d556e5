import type { EncodedEvent } from './event-payload.js';
import type { PublishAcknowledgement } from './publish-acknowledgement.js';

/** Keeps no event longer than this, in milliseconds: a sweep finds the messages of older ones before. */
const MAX_WAIT_MS = 1000;
/** Bounds of what is kept, in events and characters. */
const MAX_WAITING_EVENTS = 100_000;
const MAX_WAITING_CHARS = 32 * 1024 * 1024;
/** Cuts off the entries that have gone once they are more than this many, and half of the list. */
const COMPACT_AT = 1024;

export interface WaitingEvent {
  channel: string;
  event: EncodedEvent;
  /** Milliseconds of `performance.now()`. */
  since: number;
  /** Counts the servers that did not serve its channel any more. */
  redirections: number;
  acknowledgement: PublishAcknowledgement;
}

export const charsOf = ({ event: { before, own, after } }: WaitingEvent): number => before.length + own.length + after.length;

/**
 * Queues the events that wait for Redis, in order. What is too old or too much is dropped, the oldest first.
 */
export class WaitingEvents {
  #events: WaitingEvent[] = [];
  #first = 0;
  #chars = 0;

  add(event: WaitingEvent): void {
    this.#events.push(event);
    this.#chars += charsOf(event);
    while (this.#events.length - this.#first > MAX_WAITING_EVENTS || this.#chars > MAX_WAITING_CHARS)
      this.shift().acknowledgement.settle();
  }

  /** Returns the first one, or undefined if none waits. */
  peek(): WaitingEvent | undefined {
    return this.#events[this.#first];
  }

  /** Takes the first one. There must be one. */
  shift(): WaitingEvent {
    const event = this.#events[this.#first++] as WaitingEvent;
    this.#chars -= charsOf(event);
    // Sent events leave the list soon, since an old list would keep them alive. Shifting a long one costs as
    // much as copying it, so it is done once per half. See docs/design/bus.md.
    if (this.#first === this.#events.length || (this.#first > COMPACT_AT && this.#first * 2 > this.#events.length)) {
      this.#events.splice(0, this.#first);
      this.#first = 0;
    }
    return event;
  }

  dropOld(now: number): void {
    const tooOld = now - MAX_WAIT_MS;
    for (let event = this.peek(); event && event.since < tooOld; event = this.peek()) this.shift().acknowledgement.settle();
  }

  takeAll(): WaitingEvent[] {
    const events = this.#events.slice(this.#first);
    this.#events = [];
    this.#first = 0;
    this.#chars = 0;
    return events;
  }
}
