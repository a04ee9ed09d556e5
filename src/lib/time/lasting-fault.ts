import type { Timers } from './timers.js';

/** Tells a fault that lasts again after this time, in milliseconds. */
const AGAIN_MS = 60_000;

/** Keeps a fault that is noticed again and again from filling the log. */
export class LastingFault {
  #what: string | null = null;
  #toldAt = 0;

  constructor(private readonly timers: Pick<Timers, 'now'>) {}

  /** Answers whether this is to be told: where it is another fault than before, and then once a minute. */
  isNews(what: string): boolean {
    const now = this.timers.now();
    if (what === this.#what && now - this.#toldAt < AGAIN_MS) return false;
    this.#what = what;
    this.#toldAt = now;
    return true;
  }
}
