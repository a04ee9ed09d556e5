import { withTimeout } from '../lib/time/with-timeout.js';

/** Waits at most this long for a connection or an answer of Redis, in milliseconds. */
export const ANSWER_MS = 2000;

/**
 * Fails once a server has not answered within `ms` milliseconds. The command itself may still be carried out.
 */
export const answerInTime = <T>(answer: Promise<T>, ms = ANSWER_MS): Promise<T> =>
  withTimeout(answer, ms, () => new Error('no answer in time'));
