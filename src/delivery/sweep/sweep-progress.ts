import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { COMMIT_MARGIN_MS } from '../dispatch/commit-margin.js';

/** A moment of the database's clock, and when it was taken, by the node's. */
export interface Moment {
  readonly since: number;
  readonly at: number;
}

/** Knows how far in time the sweep has looked. */
export class SweepProgress {
  /** From when on the next look must see. */
  #from: Moment;
  #lookedAt: number;

  /** @param clock the estimate of the database's */
  constructor(
    private readonly clock: Clock,
    private readonly timers: Pick<Timers, 'now'>,
    private readonly intervalMs: number,
  ) {
    this.#from = this.here;
    this.#lookedAt = timers.now();
  }

  /**
   * Globals created before this moment, by the database's clock, have been looked for. Where that clock was
   * put back, or is another server's since a fail-over, the moment goes back with it.
   */
  get since(): number {
    const { since, at } = this.here;
    return Math.min(this.#from.since, since - (at - this.#from.at));
  }

  /** Whether the last look succeeded, and not long ago. */
  get fresh(): boolean {
    return this.sinceLook <= 2 * this.intervalMs;
  }

  /** Milliseconds since the last look that succeeded. */
  get sinceLook(): number {
    return this.timers.now() - this.#lookedAt;
  }

  /** What a look that begins now will have seen. */
  get here(): Moment {
    return { since: this.clock.now() - COMMIT_MARGIN_MS, at: this.timers.now() };
  }

  /** Notes that a look has succeeded. @param until where it began */
  looked(until: Moment): void {
    this.#from = until;
    this.#lookedAt = this.timers.now();
  }
}
