import type { Logger } from '../../core/ports/logger.js';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';

/**
 * Counts a database as away once it has answered nothing for this long, before the
 * first statement is given up.
 */
const SILENCE_MS = 2_500;
/**
 * Counts a database as silent only after this long: where a single connection broke,
 * others are answered meanwhile.
 */
const UNHEARD_MS = 1_000;

/** Judges from what statements meet whether the database is there. */
export class DatabaseAvailability {
  #reachable = true;
  #underWay = 0;
  /** The last answer, or the moment since which statements are under way. */
  #silentSince = 0;
  #answeredAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly logger: Logger,
    private readonly clock: Clock = monotonicClock,
  ) {}

  /** False from a failure to reach a writable database, or from a silence, to the next success. */
  get available(): boolean {
    return this.#reachable && this.silentMs < SILENCE_MS;
  }

  /** Tells whether it is away and has answered nothing for a while. A stall, of a disk say, is not that. */
  get silent(): boolean {
    return !this.available && this.unheardMs >= UNHEARD_MS;
  }

  /** Milliseconds since the last answer, whether or not anything was asked. */
  get unheardMs(): number {
    return this.clock.now() - this.#answeredAt;
  }

  /** Milliseconds for which statements have been under way without an answer to any. */
  get silentMs(): number {
    return this.#underWay === 0 ? 0 : this.clock.now() - this.#silentSince;
  }

  /** @param moment by the clock, which is `performance.now()` */
  answeredSince(moment: number): boolean {
    return this.#answeredAt >= moment;
  }

  begin(): void {
    if (this.#underWay++ === 0) this.#silentSince = this.clock.now();
  }

  end(): void {
    this.#underWay--;
  }

  answered(): void {
    this.#silentSince = this.clock.now();
    this.#answeredAt = this.#silentSince;
    this.#reachable = true;
  }

  away(error: unknown): void {
    const { message, code } = error as { message?: string; code?: string };
    if (this.#reachable) this.logger.warn({ code, reason: message }, 'database is away');
    this.#reachable = false;
  }
}
