import type { Logger } from '../../core/ports/logger.js';
import type { Cleaned } from '../../core/ports/stores/retention-store.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';

/** Waits at least this long for new work, in milliseconds; up to half more, so that nodes do not meet. */
const IDLE_MS = 10_000;
/**
 * Pauses for at least this share of the time that a piece of work took, if the piece left more to do. The
 * first such pause is as long as its piece, so half of the time belongs to pushes; each further one in a row
 * is shorter. See docs/design/retention.md.
 */
const LEAST_PAUSE = 0.25;
/** Shortens the pause by one part in so many with each piece in a row. 100 pieces are half a million rows. */
const PIECES = 100;

/** Does a bounded piece of work; null if another node is at it. */
export type RetentionTask = () => Promise<Cleaned | null>;

/**
 * Runs retention and expiry for as long as the node lives, one task after another. Every node does; the store
 * sees to it that one at a time works on each. `stop` waits for the piece of work under way.
 */
export function startRetentionLoop(
  tasks: readonly RetentionTask[],
  logger: Logger,
  timers: Timers = systemTimers,
): { stop(): Promise<void> } {
  let stopped = false;
  let cancel = () => {};
  let working: Promise<void> = Promise.resolve();
  /** Counts the pieces in a row that have left more to do. */
  let behind = 0;

  async function work(): Promise<void> {
    const began = timers.now();
    let more = false;
    for (const task of tasks) {
      if (stopped) return;
      try {
        more = ((await task())?.more ?? false) || more;
      } catch (error) {
        logger.debug({ err: error }, 'cleaning up failed and is tried again');
      }
    }
    behind = more ? behind + 1 : 0;
    const took = timers.now() - began;
    plan(behind > 0 ? took * Math.max(LEAST_PAUSE, 1 - behind / PIECES) : IDLE_MS * (1 + timers.random() / 2));
  }

  function plan(waitMs: number): void {
    if (stopped) return;
    cancel = timers.after(waitMs, () => {
      working = work();
    });
  }

  plan(IDLE_MS * timers.random());
  return {
    async stop() {
      stopped = true;
      cancel();
      await working;
    },
  };
}
