/** The node's own time, for durations; never compared with a time of the database. An input, so that tests can turn it. */
export interface Timers {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Returns a function that cancels it. Does not keep the process alive. */
  after(ms: number, run: () => void): () => void;
  /** 0 up to, not including, 1. */
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

export const sleep = (timers: Timers, ms: number) => new Promise<void>((resolve) => timers.after(ms, resolve));
