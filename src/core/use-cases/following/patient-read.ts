import { Backoff } from '../../../lib/time/backoff.js';
import { sleep, type Timers } from '../../../lib/time/timers.js';
import { TidingsError } from '../../domain/errors.js';

/** Gives up after the database was away for so long, in milliseconds. */
const PATIENCE_MS = 30_000;
const RETRY = { firstMs: 100, lastMs: 2_000 };

/** Codes of failures that pass by themselves: the database is away, or has too much to do. */
const PASSING: ReadonlySet<string> = new Set(['SERVICE_UNAVAILABLE', 'RATE_LIMITED']);

/**
 * Reads, again and again while the database is away.
 *
 * @param isWanted is asked before another attempt
 * @throws TidingsError SERVICE_UNAVAILABLE after 30 s of that, or if nobody wants it any more; other errors
 * at once
 */
export async function readPatiently<T>(timers: Timers, read: () => Promise<T>, isWanted: () => boolean): Promise<T> {
  const backoff = new Backoff(RETRY, () => timers.random());
  const until = timers.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof TidingsError) || !PASSING.has(error.code)) throw error;
      if (timers.now() >= until || !isWanted())
        throw new TidingsError('SERVICE_UNAVAILABLE', error.message, {}, { cause: error });
    }
    await sleep(timers, backoff.next());
  }
}
