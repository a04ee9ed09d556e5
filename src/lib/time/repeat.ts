import type { Timers } from './timers.js';

/**
 * Repeats some work until it is stopped; `stop` waits for the one under way.
 *
 * @param firstMs milliseconds until the first time
 * @param work answers the milliseconds until the next time
 */
export function repeat(timers: Timers, firstMs: number, work: () => Promise<number>): { stop(): Promise<void> } {
  let stopped = false;
  let cancel = () => {};
  let working: Promise<void> = Promise.resolve();
  const plan = (waitMs: number) => {
    if (stopped) return;
    cancel = timers.after(waitMs, () => {
      working = work().then(plan);
    });
  };
  plan(firstMs);
  return {
    async stop() {
      stopped = true;
      cancel();
      await working;
    },
  };
}
