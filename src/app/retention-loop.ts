import type { Logger } from '../core/ports/logger.js';
import type { RetentionStore } from '../core/ports/stores/retention-store.js';

/** How long a node waits before it looks for work again, in milliseconds; up to half more, so that nodes do not look together. */
const IDLE_MS = 10_000;
/**
 * While there is more, a pause follows each piece of work: at first as long as the piece took, so that half of the time belongs to pushes.
 * It shrinks with each piece in a row after which there is more, to this share of it.
 */
const LEAST_PAUSE = 0.25;
/** After so many pieces in a row the pause would be gone: half a million rows behind. */
const PIECES = 100;

/**
 * Runs retention and expiry for as long as the node lives. Every node does; the store sees to it that one at a time works.
 * Returns a function that ends it after the piece of work under way.
 */
export function runJanitor(store: RetentionStore, logger: Logger): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  /** How many pieces in a row have left more to do. */
  let behind = 0;

  async function work(): Promise<void> {
    const began = performance.now();
    try {
      const done = await store.cleanUp();
      behind = done?.more ? behind + 1 : 0;
    } catch (error) {
      behind = 0;
      logger.debug({ err: error }, 'cleaning up failed and is tried again');
    }
    const took = performance.now() - began;
    plan(behind > 0 ? took * Math.max(LEAST_PAUSE, 1 - behind / PIECES) : IDLE_MS * (1 + Math.random() / 2));
  }

  function plan(waitMs: number): void {
    if (stopped) return;
    timer = setTimeout(() => {
      working = work();
    }, waitMs);
    timer.unref();
  }

  plan(IDLE_MS * Math.random());
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await working;
  };
}
