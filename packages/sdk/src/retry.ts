import { ConnectionError, RateLimitedError, ServiceUnavailableError, type TidingsError } from './call-errors.js';
import type { Surroundings } from './surroundings.js';

/** Waits so long before the first repetition, at most, in milliseconds; doubled from one to the next. */
const FIRST_DELAY_MS = 200;
const MOST_DELAY_MS = 5_000;
/** Waits so long where the service said that there was too much, and not until when, in seconds. */
const DEFAULT_RETRY_AFTER_S = 1;

/** Tells that a call is going to be repeated. */
export interface Retry {
  operation: string | null;
  error: TidingsError;
  /** Number of the attempt that failed, from 1. */
  attempt: number;
  /** Milliseconds until the next. */
  delayMs: number;
}

interface RetryOptions {
  isRepeatable: boolean;
  retryForMs: number;
  signal: AbortSignal | undefined;
  onRetry: ((retry: Retry) => void) | undefined;
}

/** Repeats what failed and may be repeated. What would have to begin later than `retryForMs` is not tried. */
export async function withRetries<T>(attempt: () => Promise<T>, options: RetryOptions, surroundings: Surroundings): Promise<T> {
  const { isRepeatable, retryForMs, signal, onRetry } = options;
  const endsAt = surroundings.now() + retryForMs;
  for (let failed = 1; ; failed++) {
    try {
      return await attempt();
    } catch (error) {
      const delayMs = delayAfter(error, failed, isRepeatable, surroundings.random);
      if (delayMs === null || surroundings.now() + delayMs > endsAt) throw error;
      const known = error as TidingsError;
      onRetry?.({ operation: known.operation, error: known, attempt: failed, delayMs });
      await surroundings.sleep(delayMs, signal);
    }
  }
}

/** Returns how long to wait after an error in milliseconds; null if there is nothing to repeat. */
function delayAfter(error: unknown, failed: number, isRepeatable: boolean, random: () => number): number | null {
  // Nothing was done, whatever it was.
  if (error instanceof RateLimitedError) return (error.retryAfter ?? DEFAULT_RETRY_AFTER_S) * 1000;
  if (!isRepeatable || !isPassing(error)) return null;
  const { retryAfter } = error.extensions;
  const named = typeof retryAfter === 'number' ? retryAfter * 1000 : 0;
  return Math.max(named, backoffMs(failed, random));
}

/** Tells whether the same call may succeed a little later. */
export const isPassing = (error: unknown): error is ServiceUnavailableError | ConnectionError =>
  error instanceof ServiceUnavailableError || (error instanceof ConnectionError && error.extensions.isLasting !== true);

/** Doubles from one failure to the next; at least a half of it, so that nobody hammers, the rest by chance. */
export function backoffMs(failed: number, random: () => number): number {
  const most = Math.min(MOST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failed - 1, 16));
  return (most / 2) * (1 + random());
}
