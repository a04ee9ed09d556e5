import type { Logger } from '../core/ports/logger.js';

/** How long to wait before looking for the servers again after a loss, in milliseconds; doubled each time. */
const FIRST_RETRY_MS = 25;
const LAST_RETRY_MS = 1000;
/** A connection that lasted this long was a good one: the next retry is quick again. */
const GOOD_AFTER_MS = 1000;
/** How often a cluster, or the order of several servers, is looked at when nothing seems wrong. */
const LOOK_AGAIN_MS = 10_000;

export interface ReconnectWatcherOptions {
  logger: Logger;
  /** The servers that are configured, for the log. */
  seeds: string;
  /** Finds the servers and connects to those that are not connected. */
  look(): Promise<void>;
  /** Every server is connected. */
  isWhole(): boolean;
  /** The servers may change though no connection is lost. */
  mayChange(): boolean;
}

/** When to look for the servers: at the start, soon after a loss and again and again until all are there, and now and then. */
export class ReconnectWatcher {
  #closed = false;
  #looking = false;
  #again = false;
  #retrying = false;
  #timer: NodeJS.Timeout | undefined;
  #retryMs = FIRST_RETRY_MS;
  #goodSince = Number.NEGATIVE_INFINITY;
  #troubled = false;

  constructor(private readonly options: ReconnectWatcherOptions) {}

  look(): void {
    if (this.#closed) return;
    if (this.#looking) {
      this.#again = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#looking = true;
    this.#again = false;
    this.#retrying = false;
    this.options
      .look()
      .catch((error: Error) => this.trouble(error.message))
      .finally(() => {
        this.#looking = false;
        if (this.#closed) return;
        if (this.options.isWhole() && !this.#again) this.#recovered();
        else this.#later();
      });
  }

  /** A connection was lost. */
  lost(reason: string, server: string): void {
    if (this.#closed) return;
    this.trouble(reason, server);
    if (performance.now() - this.#goodSince > GOOD_AFTER_MS) this.#retryMs = FIRST_RETRY_MS;
    this.#goodSince = Number.POSITIVE_INFINITY;
    if (this.#looking) {
      this.#again = true;
    } else if (!this.#retrying) {
      clearTimeout(this.#timer);
      this.#later();
    }
  }

  /** Says so in the log, once until all is well again. */
  trouble(reason: string, server = this.options.seeds): void {
    if (this.#closed || this.#troubled) return;
    this.#troubled = true;
    this.options.logger.warn({ server, reason }, 'the bus has lost Redis: events are late until it is back');
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #recovered(): void {
    this.#goodSince = performance.now();
    if (this.#troubled) this.options.logger.info({}, 'the bus is connected to Redis');
    this.#troubled = false;
    if (this.options.mayChange()) this.#timer = setTimeout(() => this.look(), LOOK_AGAIN_MS * (0.5 + Math.random()));
    this.#timer?.unref();
  }

  #later(): void {
    this.#retrying = true;
    this.#timer = setTimeout(() => this.look(), this.#retryMs * (0.5 + Math.random() / 2));
    this.#timer.unref();
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}
