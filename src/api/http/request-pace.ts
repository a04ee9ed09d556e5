import type { Timers } from '../../lib/time/timers.js';

/** Looks at how late timers are this often, in milliseconds, */
const LOOK_MS = 10;
/** for this long after tenants asked by turns. */
const WATCH_MS = 1_000;
/** Is the part that one look has in the mean. */
const WEIGHT = 0.2;
/** Counts no timer as later than this, in milliseconds: a process that was suspended is not busy. */
const LATEST_MS = 50;
/** Takes a node to be busy while its timers are this late, in milliseconds. */
const BUSY_MS = 2;
/** Changes the spacing at each look by these factors. */
const LONGER = 1.5;
const SHORTER = 0.97;
const SHORTEST_MS = 0.25;
const LONGEST_MS = 40;

/**
 * Tells how far apart the requests of a tenant with more than its share of a node's begin, while others ask,
 * too.
 *
 * Turns alone do not help those others: what one tenant has begun occupies the processors when the next
 * tenant's request comes. How late timers are tells that, whichever process occupies them. The spacing grows
 * by factors while they are late and shrinks slowly while they are not, as a sender gives way to congestion
 * (RFC 5681).
 */
export class RequestPace {
  #spacingMs = 0;
  #lateMs = 0;
  #watchUntil = Number.NEGATIVE_INFINITY;
  #looking = false;

  constructor(private readonly timers: Timers) {}

  /** Milliseconds; 0 while the node is not busy, or one tenant alone asks. */
  get spacingMs(): number {
    return this.#spacingMs;
  }

  /** Tenants ask by turns. */
  watch(): void {
    this.#watchUntil = this.timers.now() + WATCH_MS;
    if (!this.#looking) this.#look();
  }

  /** @param lateMs how late a timer was, in milliseconds */
  hear(lateMs: number): void {
    this.#lateMs += WEIGHT * (Math.min(lateMs, LATEST_MS) - this.#lateMs);
    if (this.#lateMs > BUSY_MS) {
      this.#spacingMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, this.#spacingMs * LONGER));
      return;
    }
    this.#spacingMs *= SHORTER;
    if (this.#spacingMs < SHORTEST_MS) this.#spacingMs = 0;
  }

  #look(): void {
    const due = this.timers.now() + LOOK_MS;
    this.#looking = due < this.#watchUntil;
    if (this.#looking) {
      this.timers.after(LOOK_MS, () => {
        this.hear(this.timers.now() - due);
        this.#look();
      });
    } else {
      this.#spacingMs = 0;
      this.#lateMs = 0;
    }
  }
}
