/** Allows so many a second in the long run, and a burst at once. Time in milliseconds of a clock that only grows. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#at = now;
  }

  /** False if there are not so many. */
  take(now: number, count = 1): boolean {
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Seconds until so many are there. */
  secondsUntil(count: number): number {
    return Math.max(1, Math.ceil((count - this.#tokens) / this.perSecond));
  }
}
