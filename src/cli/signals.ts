import { systemTimers, type Timers } from '../lib/time/timers.js';
import type { Io } from './io.js';

/** Bounds the time from the signal to the exit, in milliseconds. */
const EXIT_MS = 15_000;
/** Ends the process this long before EXIT_MS is over, in milliseconds. */
const EXIT_MARGIN_MS = 500;

/**
 * Takes signals within this time for one, in milliseconds. npm passes Ctrl-C on to a process that the
 * terminal has told already.
 */
const SAME_SIGNAL_MS = 300;

/** Asks for an orderly stop at the first signal, within bounds of time, and exits at once at the second. */
export function catchSignals(io: Io, timers: Timers = systemTimers): { stopped: Promise<void>; close(): void } {
  let cancel = () => {};
  let off = () => {};
  const stopped = new Promise<void>((resolve) => {
    let firstAt: number | null = null;
    off = io.onStopSignal(() => {
      if (firstAt !== null) {
        if (timers.now() - firstAt > SAME_SIGNAL_MS) io.exit(130);
        return;
      }
      firstAt = timers.now();
      cancel = timers.after(EXIT_MS - EXIT_MARGIN_MS, () => io.exit(1));
      resolve();
    });
  });
  return {
    stopped,
    close() {
      cancel();
      off();
    },
  };
}
