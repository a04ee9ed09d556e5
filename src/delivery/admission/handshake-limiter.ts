import type { Timers } from '../../lib/time/timers.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import { Refusal } from './refusal.js';

export interface HandshakeLimits {
  maxConnections: number;
  maxHandshakesPerSecond: number;
}

/** Lets at most this many handshakes wait for the database at once. */
const MAX_IN_FLIGHT = 1_000;
/** Refuses handshakes while the oldest has waited longer than this, in milliseconds. */
const MAX_WAIT_MS = 1_000;

/** Bounds connections, handshakes a second and handshakes at once. Beyond, a client is to come back later. */
export class HandshakeLimiter {
  readonly #rate: TokenBucket;
  /** Holds when each handshake in flight began, the oldest first. */
  readonly #inFlight = new Set<{ readonly at: number }>();
  draining = false;

  constructor(
    private readonly config: HandshakeLimits,
    private readonly connections: () => number,
    private readonly timers: Timers,
  ) {
    this.#rate = new TokenBucket(config.maxHandshakesPerSecond, config.maxHandshakesPerSecond, timers.now());
  }

  /**
   * Begins a handshake. Returns a function to call once, when it is over.
   * @throws Refusal
   */
  enter(): () => void {
    if (this.draining) throw new Refusal('draining');
    if (this.connections() + this.#inFlight.size >= this.config.maxConnections) throw new Refusal('full');
    const now = this.timers.now();
    if (this.#inFlight.size >= MAX_IN_FLIGHT || this.#isStuck(now) || !this.#rate.take(now)) throw new Refusal('busy');
    const handshake = { at: now };
    this.#inFlight.add(handshake);
    return () => {
      this.#inFlight.delete(handshake);
    };
  }

  #isStuck(now: number): boolean {
    for (const oldest of this.#inFlight) return now - oldest.at > MAX_WAIT_MS;
    return false;
  }
}
