import { TokenBucket } from '../limits.js';
import type { Timers } from '../timers.js';
import { Refusal } from './refusal.js';

export interface CapacityConfig {
  maxConnections: number;
  maxHandshakesPerSecond: number;
}

/** Handshakes that wait for the database at once, at most. */
const MAX_IN_FLIGHT = 1_000;

/** How much the node takes: connections, handshakes a second, handshakes at once. Beyond, a client is to come back later. */
export class Capacity {
  readonly #rate: TokenBucket;
  #inFlight = 0;
  draining = false;

  constructor(
    private readonly config: CapacityConfig,
    private readonly connections: () => number,
    private readonly timers: Timers,
  ) {
    this.#rate = new TokenBucket(config.maxHandshakesPerSecond, config.maxHandshakesPerSecond, timers.now());
  }

  /** Returns a function to call, once, when the handshake is over. */
  enter(): () => void {
    if (this.draining) throw new Refusal('draining');
    if (this.connections() + this.#inFlight >= this.config.maxConnections) throw new Refusal('full');
    if (this.#inFlight >= MAX_IN_FLIGHT || !this.#rate.take(this.timers.now())) throw new Refusal('busy');
    this.#inFlight++;
    return () => {
      this.#inFlight--;
    };
  }
}
