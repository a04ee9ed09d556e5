import { systemTimers, type Timers } from './timers.js';

/**
 * Waits at most `ms` milliseconds for a promise. What the promise stands for is not ended when the time is
 * over.
 *
 * @param late makes the error that is thrown when the time is over
 */
export async function withTimeout<T>(
  promise: Promise<T>,
  ms: number,
  late: () => Error,
  timers: Pick<Timers, 'after'> = systemTimers,
): Promise<T> {
  let cancel = () => {};
  const timeout = new Promise<never>((_, reject) => {
    cancel = timers.after(ms, () => reject(late()));
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    cancel();
  }
}
