const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** Waits after the first failed attempt, the second, and so on. After the tenth attempt nothing follows. */
const DELAYS_MS = [...[5 * SECOND_MS, 5 * MINUTE_MS, 30 * MINUTE_MS], ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR_MS)];
/** Each delay is this part shorter or longer, at random, so that what failed together does not come back so. */
const JITTER = 0.1;
/** A receiver can ask for a delay of a day at most. */
const MAX_RETRY_AFTER_MS = 24 * HOUR_MS;

/** Statuses whose `Retry-After` is obeyed (RFC 9110, section 10.2.3; RFC 6585, section 4). */
const OBEYED = [429, 503];

/** Answers to this status say that the receiver wants nothing more (RFC 9110, section 15.5.11). */
export const GONE = 410;

/** Failures in a row after which only the oldest request is tried. */
export const FAILING_AFTER = 10;
/** Without a success for so long, a webhook is disabled. */
export const DISABLED_AFTER_MS = 5 * 24 * HOUR_MS;

export const isSuccess = (httpStatus: number | null): boolean => httpStatus !== null && httpStatus >= 200 && httpStatus < 300;

/** An attempt that failed. */
export interface FailedAttempt {
  /** From 1 on. */
  attempt: number;
  httpStatus: number | null;
  /** Text of the header of that name. */
  retryAfter: string | null;
  /** The database's time, in milliseconds since 1970. */
  now: number;
}

/**
 * Returns the milliseconds until the next attempt: the later one of the schedule's and the receiver's
 * `Retry-After`. Null after the last attempt.
 *
 * @param random returns a number from 0 up to, not including, 1
 */
export function delayAfter({ attempt, httpStatus, retryAfter, now }: FailedAttempt, random: () => number): number | null {
  const planned = DELAYS_MS[attempt - 1];
  if (planned === undefined) return null;
  const asked = httpStatus !== null && OBEYED.includes(httpStatus) ? readRetryAfter(retryAfter, now) : 0;
  return Math.max(Math.round(planned * (1 - JITTER + 2 * JITTER * random())), Math.min(asked, MAX_RETRY_AFTER_MS));
}

/** Reads seconds or a date (RFC 9110, section 10.2.3). What is neither asks for nothing. */
function readRetryAfter(text: string | null, now: number): number {
  const given = text?.trim() ?? '';
  if (/^\d{1,9}$/.test(given)) return Number(given) * SECOND_MS;
  const date = /^[A-Za-z]{3,9},? /.test(given) ? Date.parse(given) : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
