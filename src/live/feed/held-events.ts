import type { LiveEvent } from '../../core/domain/live/live-event.js';
import type { StreamRun } from '../../core/ports/event-stream.js';

/** Lets at most this many events wait, and characters of their data. The stream has the others. */
const MAX_EVENTS = 1000;
const MAX_CHARS = 4 * 1024 * 1024;

/** An event of a part, as the bus tells of it. */
export interface BusEvent {
  event: LiveEvent;
  previous: string | null;
  run?: StreamRun;
}

interface Waiting {
  readonly one: BusEvent;
  readonly chars: number;
}

/** Keeps the events of a part that wait until they can be passed on, in order. */
export class HeldEvents {
  #events: Waiting[] = [];
  #first = 0;
  #chars = 0;

  get isEmpty(): boolean {
    return this.#first === this.#events.length;
  }

  /** Adds one at the end. Returns false, and forgets all, if they are too many. */
  add(one: BusEvent): boolean {
    const chars = charsOf(one);
    if (this.#events.length - this.#first >= MAX_EVENTS || this.#chars + chars > MAX_CHARS) {
      this.clear();
      return false;
    }
    this.#events.push({ one, chars });
    this.#chars += chars;
    return true;
  }

  /** Takes the first; there must be one. */
  take(): BusEvent {
    const { one, chars } = this.#events[this.#first++] as Waiting;
    this.#chars -= chars;
    // Those that were taken leave the list soon, since it would keep them alive.
    if (2 * this.#first >= this.#events.length) {
      this.#events = this.#events.slice(this.#first);
      this.#first = 0;
    }
    return one;
  }

  /** Puts one that cannot be passed on before the others. */
  putBack(one: BusEvent): void {
    const chars = charsOf(one);
    this.#events = [{ one, chars }, ...this.#events.slice(this.#first)];
    this.#first = 0;
    this.#chars += chars;
  }

  clear(): void {
    this.#events = [];
    this.#first = 0;
    this.#chars = 0;
  }
}

const charsOf = ({ event: { data, previous } }: BusEvent): number => JSON.stringify([data, previous]).length;
