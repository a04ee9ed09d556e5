import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';

/**
 * Announces at most one gap in this time for events that could not be read, in milliseconds: a flood of
 * events of another version must not become a flood of sweeps.
 */
const LOST_EVENT_GAP_MS = 1000;

/** Tells its listeners that events may have been lost. */
export class GapAnnouncer {
  /** Entries are objects of their own, so that the same function may listen twice. */
  readonly #listeners = new Set<{ listener: () => void }>();
  #timer: NodeJS.Timeout | null = null;
  #again = false;
  #closed = false;

  constructor(private readonly options: { metrics: Metrics; logger: Logger }) {}

  /** Returns a function that removes the listener. */
  listen(listener: () => void): () => void {
    const entry = { listener };
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  announce(): void {
    if (this.#closed) return;
    this.options.metrics.busGaps.inc();
    for (const { listener } of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.options.logger.error({ err: error }, 'a listener to gaps of the bus failed');
      }
    }
  }

  /**
   * Announces that an event could not be read: at once, and for all that follow within LOST_EVENT_GAP_MS one
   * gap more.
   */
  announceLostEvent(): void {
    if (this.#timer !== null) {
      this.#again = true;
      return;
    }
    this.options.logger.warn({}, 'an event of the bus could not be read: another version of the service uses the same channels');
    this.#timer = setTimeout(() => {
      this.#timer = null;
      const again = this.#again;
      this.#again = false;
      if (again) this.announceLostEvent();
    }, LOST_EVENT_GAP_MS);
    this.#timer.unref();
    this.announce();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer) clearTimeout(this.#timer);
    this.#listeners.clear();
  }
}
