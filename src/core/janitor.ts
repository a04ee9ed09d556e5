import type { Logger } from './logger.js';
import type { JanitorStore } from './message-store.js';

/** How long a node waits before it looks for work again, in milliseconds; up to half more, so that nodes do not look together. */
const IDLE_MS = 10_000;

/**
 * Runs retention and expiry for as long as the node lives. Every node does; the store sees to it that one at a time works.
 * Returns a function that ends it after the piece of work under way.
 */
export function runJanitor(store: JanitorStore, logger: Logger): () => Promise<void> {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();

  async function work(): Promise<void> {
    let more = false;
    const began = performance.now();
    try {
      const done = await store.cleanUp();
      more = done?.more ?? false;
    } catch (error) {
      logger.debug({ err: error }, 'cleaning up failed and is tried again');
    }
    // As long as the piece took: half of the time belongs to pushes.
    plan(more ? performance.now() - began : IDLE_MS * (1 + Math.random() / 2));
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
