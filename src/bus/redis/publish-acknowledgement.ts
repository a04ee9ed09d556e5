import { systemTimers } from '../../lib/time/timers.js';

/** A publish waits at most this long for Redis, in milliseconds. */
const ACKNOWLEDGED_WITHIN_MS = 100;

/**
 * Collects Redis' answers to all that was published in one turn of the event loop: its callers wait for the
 * same promise.
 */
export class PublishAcknowledgement {
  /** Resolves once all events are answered for, at the latest after ACKNOWLEDGED_WITHIN_MS. */
  readonly promise: Promise<void>;
  #unanswered = 0;
  #resolve = () => {};
  readonly #cancel: () => void;

  /** @param onLate called if Redis has not answered in time */
  constructor(onLate: () => void) {
    this.promise = new Promise<void>((resolve) => {
      this.#resolve = resolve;
    });
    this.#cancel = systemTimers.after(ACKNOWLEDGED_WITHIN_MS, () => {
      onLate();
      this.#resolve();
    });
  }

  /** Counts one event more to wait for. */
  expect(): void {
    this.#unanswered++;
  }

  /** Counts an event as answered for: taken, refused, or dropped. */
  settle(): void {
    if (--this.#unanswered > 0) return;
    this.#cancel();
    this.#resolve();
  }
}
