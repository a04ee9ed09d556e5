/**
 * Allows `perSecond` events a second in the long run, and `burst` at once. Times are milliseconds of a clock
 * that only grows.
 */
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

  /** Takes `count` tokens. Answers false, and takes none, if there are fewer. */
  take(now: number, count = 1): boolean {
    this.#fill(now);
    if (this.#tokens < count) return false;
    this.#tokens -= count;
    return true;
  }

  /** Takes `count` tokens even if there are fewer: none are left until the debt is paid. */
  owe(now: number, count: number): void {
    this.#fill(now);
    this.#tokens -= count;
  }

  #fill(now: number): void {
    this.#tokens = Math.min(this.burst, this.#tokens + ((now - this.#at) / 1000) * this.perSecond);
    this.#at = now;
  }

  /** Returns the whole seconds until `count` tokens are there, at least 1. */
  secondsUntil(count: number): number {
    return Math.max(1, Math.ceil((count - this.#tokens) / this.perSecond));
  }
}
