import { performance } from 'node:perf_hooks';
import type { Clock, Millis } from '../../lib/time/clock.js';
import type { Database } from './database.js';

/** Takes a sample this often, in milliseconds. */
const INTERVAL_MS = 30_000;
/** Asks this often while the database is away, so that its return is noticed though nobody else asks. */
const PROBE_MS = 1_000;
/**
 * Asks a database that has not answered anybody for this long, so that an idle node
 * notices that it went away.
 */
const UNHEARD_MS = 1_000;
/** Drops the sample of a slower round trip: half of it could be off by more than the promised second. */
const MAX_ROUND_TRIP_MS = 1_500;

/**
 * Estimates the database's clock from samples, and carries it on by the node's monotonic clock.
 *
 * A node whose wall clock is wrong, or jumps, is as right as any other. Until the first
 * sample it is the wall clock.
 */
export class DatabaseClock implements Clock {
  /** Database time minus `performance.now()`. */
  #offset = performance.timeOrigin;
  #sampled = false;
  #asking = false;
  #askedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly database: Database) {}

  now(): Millis {
    return Math.floor(performance.now() + this.#offset);
  }

  /** Takes the first sample and goes on taking them. Never fails. */
  async start(): Promise<void> {
    await this.#sample();
    if (!this.#closed) this.#timer = setInterval(() => this.#tick(), PROBE_MS).unref();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  #tick(): void {
    const due = performance.now() - this.#askedAt >= INTERVAL_MS || this.database.unheardMs >= UNHEARD_MS;
    if (!this.#asking && (due || !this.#sampled || !this.database.available)) void this.#sample();
  }

  async #sample(): Promise<void> {
    this.#asking = true;
    this.#askedAt = performance.now();
    try {
      const { sentAt, answeredAt, now } = await this.database.readClock();
      if (this.#sampled && answeredAt - sentAt > MAX_ROUND_TRIP_MS) return;
      this.#offset = now - (sentAt + answeredAt) / 2;
      this.#sampled = true;
    } catch {
      // The estimate goes on from the sample before.
    } finally {
      this.#asking = false;
    }
  }
}
