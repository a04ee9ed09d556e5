/** Bounds of the delays between attempts, in milliseconds. */
export interface BackoffRange {
  firstMs: number;
  lastMs: number;
}

/**
 * Doubles the delay between attempts after each failure in a row, up to a bound. Each delay is between half
 * and all of that at random, so that those who failed together do not come back together.
 */
export class Backoff {
  #failures = 0;

  /** @param random returns a number from 0 up to, not including, 1 */
  constructor(
    private readonly range: BackoffRange,
    private readonly random: () => number,
  ) {}

  /** Returns the milliseconds to wait before the next attempt, and counts a failure. */
  next(): number {
    const { firstMs, lastMs } = this.range;
    // 2 ** 30 milliseconds are twelve days: no range reaches further.
    const delay = Math.min(lastMs, firstMs * 2 ** Math.min(this.#failures++, 30));
    return delay * (0.5 + this.random() / 2);
  }

  /** Makes the next delay the first one again, after an attempt that succeeded. */
  reset(): void {
    this.#failures = 0;
  }
}
