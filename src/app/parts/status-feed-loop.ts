import type { Logger } from '../../core/ports/logger.js';
import type { StatusFeedWork } from '../../core/ports/stores/feed/status-feed-store.js';
import { repeat } from '../../lib/time/repeat.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';

/** Looks for events without numbers this often, in milliseconds; less often while no feed is on. */
const LOOK_MS = 200;
const LOOK_WHILE_OFF_MS = 700;
/** Looks for messages that are overdue this often, in milliseconds; up to half more, so that nodes do not meet. */
const OVERDUE_MS = 1_000;
/** Tries again after a failure, in milliseconds. */
const RETRY_MS = 500;

interface StatusFeedLoopDeps {
  store: Pick<StatusFeedWork, 'numberStatusEvents' | 'findOverdue'>;
  logger: Logger;
  timers?: Timers;
}

/**
 * Numbers status events and finds overdue messages for as long as the node lives. Every API node does; the
 * store sees to it that one at a time numbers, so another one goes on at once where one dies.
 */
export function startStatusFeedLoop({ store, logger, timers = systemTimers }: StatusFeedLoopDeps): { stop(): Promise<void> } {
  async function number(): Promise<number> {
    try {
      const step = await store.numberStatusEvents();
      if (step?.more) return 0;
      return step?.anyFeed === false ? LOOK_WHILE_OFF_MS : LOOK_MS;
    } catch (error) {
      logger.debug({ err: error }, 'numbering status events failed and is tried again');
      return RETRY_MS;
    }
  }

  async function findOverdue(): Promise<number> {
    try {
      if ((await store.findOverdue()).more) return 0;
    } catch (error) {
      logger.debug({ err: error }, 'looking for overdue messages failed and is tried again');
    }
    return OVERDUE_MS * (1 + timers.random() / 2);
  }

  const loops = [repeat(timers, LOOK_MS * timers.random(), number), repeat(timers, OVERDUE_MS * timers.random(), findOverdue)];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
    },
  };
}
