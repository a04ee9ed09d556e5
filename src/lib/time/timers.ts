/**
 * Tells the node's own time, for durations; it is never compared with a time of the database. It is an input
 * of whatever waits, so that tests can turn it.
 */
export interface Timers {
  /** Returns milliseconds that only ever grow. */
  now(): number;
  /**
   * Runs something after `ms` milliseconds; returns a function that cancels it. Does not keep the process
   * alive.
   */
  after(ms: number, run: () => void): () => void;
  /** Returns a number from 0 up to, not including, 1. */
  random(): number;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** Resolves after `ms` milliseconds. Does not keep the process alive. */
export const sleep = (timers: Timers, ms: number) => new Promise<void>((resolve) => timers.after(ms, resolve));
