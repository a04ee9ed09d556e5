import type { Mode } from '../../protocol/subprotocols.js';
import type { Outgoing } from '../outbound/frame-encoder.js';

/** Buffers at most so many messages for one connection; beyond, the database is asked again. */
export const BUFFERED_MESSAGES = 256;
const BUFFERED_BYTES = 256 * 1024;

/** Keeps the place of a message whose text is on its way from the database. */
export class AwaitedText {
  arrived = false;
  /** Null until it has arrived, and if there is nothing to send (any more). */
  item: Outgoing | null = null;
}

/**
 * Awaits a text that is being read. Gets it by a call: what waits long grows old, and a promise that is old
 * would keep its text until the next full collection, though nobody needs it any more. See
 * docs/design/memory.md.
 */
export interface TextTaker {
  /** Whether the text still has a place to go to. */
  isWanted(): boolean;
  /** @param item null if there is nothing to send (any more) */
  take(item: Outgoing | null): void;
  /** Hears that it could not be read. */
  failed(): void;
}

export type Arrival = Outgoing | AwaitedText;

/** Finds what there is to send, if anything. */
export const itemOf = (arrival: Arrival): Outgoing | null => (arrival instanceof AwaitedText ? arrival.item : arrival);

/**
 * Keeps what arrived for one connection in order, until it may be sent. Bounded: 256 messages, 256 KiB of
 * frames.
 */
export class ArrivalBuffer {
  #arrivals: Arrival[] = [];
  #bytes = 0;

  constructor(private readonly mode: Mode) {}

  get first(): Arrival | undefined {
    return this.#arrivals[0];
  }

  get size(): number {
    return this.#arrivals.length;
  }

  /** Whether texts that came later take more room than there is. */
  get overfull(): boolean {
    return this.#bytes > BUFFERED_BYTES;
  }

  all(): readonly Arrival[] {
    return this.#arrivals;
  }

  has(place: AwaitedText): boolean {
    return this.#arrivals.includes(place);
  }

  /** False if there is no room for it. */
  add(item: Outgoing): boolean {
    const bytes = this.#bytesOf(item);
    if (this.#arrivals.length >= BUFFERED_MESSAGES || this.#bytes + bytes > BUFFERED_BYTES) return false;
    this.#arrivals.push(item);
    this.#bytes += bytes;
    return true;
  }

  /** Keeps a place, without a look at the room that there is. */
  addPlace(place: AwaitedText): void {
    this.#arrivals.push(place);
  }

  /** Puts a message into its place. */
  fill(place: AwaitedText, item: Outgoing): void {
    place.item = item;
    this.#bytes += this.#bytesOf(item);
  }

  /** Takes a message out of its place, which stays. */
  empty(place: AwaitedText): void {
    if (place.item !== null) this.#bytes -= this.#bytesOf(place.item);
    place.item = null;
  }

  /** Removes messages that were sent meanwhile. Places stay. */
  removeSent(isSent: (item: Outgoing) => boolean): void {
    this.#arrivals = this.#arrivals.filter((arrival) => {
      if (arrival instanceof AwaitedText || !isSent(arrival)) return true;
      this.#bytes -= this.#bytesOf(arrival);
      return false;
    });
  }

  /** Removes the first. */
  shift(): void {
    const arrival = this.#arrivals.shift();
    const item = arrival === undefined ? null : itemOf(arrival);
    if (item !== null) this.#bytes -= this.#bytesOf(item);
    if (arrival instanceof AwaitedText) arrival.item = null;
  }

  #bytesOf(item: Outgoing): number {
    return item.encoded.frame(this.mode).length;
  }
}
