import { randomInt } from 'node:crypto';
import type { Logger } from '../../core/ports/logger.js';
import type { UsageStore } from '../../core/ports/stores/usage-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { repeat } from '../../lib/time/repeat.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import type { TenantUsage } from '../../observability/tenant-usage.js';

/** Reports what was counted in memory this often, in milliseconds. */
const REPORT_MS = 5_000;
/**
 * Waits at least this long for new work to sum up, in milliseconds; up to half more, so that nodes do not
 * meet.
 */
const SUM_UP_MS = 10_000;
const MINUTE_MS = 60_000;

interface UsageLoopDeps {
  store: Pick<UsageStore, 'reportUsage' | 'sumUpUsage'>;
  usage: Pick<TenantUsage, 'take' | 'giveBack'>;
  /** Estimates the database's clock. */
  clock: Clock;
  logger: Logger;
  timers?: Timers;
}

/**
 * Reports and sums up usage for as long as the node lives. Every node does; the store sees to it that one at
 * a time sums up. `stop` reports what is left.
 */
export function startUsageLoop({ store, usage, clock, logger, timers = systemTimers }: UsageLoopDeps): { stop(): Promise<void> } {
  const node = randomInt(2 ** 31);
  let began = clock.now();

  // What has come together counts in the minute in which that began.
  async function report(): Promise<number> {
    const reports = usage.take(Math.floor(began / MINUTE_MS));
    began = clock.now();
    try {
      if (reports.length > 0) await store.reportUsage(node, reports);
    } catch (error) {
      usage.giveBack(reports);
      logger.debug({ err: error }, 'usage could not be reported and is kept');
    }
    return REPORT_MS;
  }

  async function sumUp(): Promise<number> {
    const startedAt = timers.now();
    try {
      // Half of the time belongs to others.
      if ((await store.sumUpUsage())?.more) return timers.now() - startedAt;
    } catch (error) {
      logger.debug({ err: error }, 'summing usage up failed and is tried again');
    }
    return SUM_UP_MS * (1 + timers.random() / 2);
  }

  const loops = [repeat(timers, REPORT_MS * timers.random(), report), repeat(timers, SUM_UP_MS * timers.random(), sumUp)];
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()));
      await report();
    },
  };
}
