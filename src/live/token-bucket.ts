/** Allows so many a second on average, and a burst after a pause. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  /** @param now in milliseconds of a clock that only grows */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    now: number,
  ) {
    this.#tokens = burst;
    this.#at = now;
  }

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
