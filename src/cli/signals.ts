import type { Io } from './io.js';

/** From the signal to the exit. */
const EXIT_MS = 15_000;

/** npm passes Ctrl-C on to a process that the terminal has told already: what comes so soon is the same signal. */
const SAME_SIGNAL_MS = 300;

/** The first signal stops in good order, within bounds; the second at once. */
export function catchSignals(io: Io): { stopped: Promise<void>; close(): void } {
  let late: NodeJS.Timeout | undefined;
  let off = () => {};
  const stopped = new Promise<void>((resolve) => {
    let firstAt: number | null = null;
    off = io.onStopSignal(() => {
      if (firstAt !== null) {
        if (performance.now() - firstAt > SAME_SIGNAL_MS) io.exit(130);
        return;
      }
      firstAt = performance.now();
      late = setTimeout(() => io.exit(1), EXIT_MS - 500);
      late.unref();
      resolve();
    });
  });
  return {
    stopped,
    close() {
      clearTimeout(late);
      off();
    },
  };
}
