import { afterArrivals } from './after-arrivals.js';

/** Counts a timer as late from then on, in milliseconds. */
const LATE_MS = 50;

/**
 * Tells the node's own time, for durations; it is never compared with a time of the database. It is an input
 * of whatever waits, so that tests can turn it.
 */
export interface Timers {
  /** Returns milliseconds that only ever grow. */
  now(): number;
  /**
   * Runs something after `ms` milliseconds; returns a function that cancels it. Does not keep the process
   * alive. If it is late because the process stood still, what arrived meanwhile is read first.
   */
  after(ms: number, run: () => void): () => void;
  /** Returns a number from 0 up to, not including, 1. */
  random(): number;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after: (ms, run) => {
    const due = performance.now() + ms;
    let cancelled = false;
    const timer = setTimeout(() => {
      if (performance.now() - due < LATE_MS) run();
      else afterArrivals(() => cancelled || run());
    }, ms);
    timer.unref();
    return () => {
      cancelled = true;
      clearTimeout(timer);
    };
  },
  random: Math.random,
};

/** Resolves after `ms` milliseconds. Does not keep the process alive. */
export const sleep = (timers: Timers, ms: number) => new Promise<void>((resolve) => timers.after(ms, resolve));
