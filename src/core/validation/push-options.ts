import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { parseOptionalLabel, requireCleanText } from '../domain/text.js';
import { parseDateTime } from './date-time.js';

/** Input that both pushes have in common. */
export interface PushOptionsInput {
  message: string;
  topic?: string | null;
  expiresAt?: string | null;
  idempotencyKey?: string | null;
}

interface PushOptions {
  message: string;
  topic: string | null;
  expiresAt: Date | null;
  idempotencyKey: string | null;
}

/**
 * Parses shape and syntax only. Size and expiry are judged once it is clear that the call repeats no earlier
 * one.
 * @throws TidingsError BAD_USER_INPUT
 */
export const parsePushOptions = ({ message, topic, expiresAt, idempotencyKey }: PushOptionsInput): PushOptions => ({
  idempotencyKey: parseOptionalLabel('input.idempotencyKey', idempotencyKey, LIMITS.idempotencyKeyChars),
  message: requireCleanText('input.message', message),
  topic: parseOptionalLabel('input.topic', topic, LIMITS.topicChars),
  expiresAt: expiresAt == null ? null : parseDateTime('input.expiresAt', expiresAt),
});

/**
 * Reads after how many seconds somebody wants to be told of what still waits.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseNotifyAfter(field: string, seconds: number | null | undefined): number | null {
  if (seconds === null || seconds === undefined) return null;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > LIMITS.notifyAfterSeconds)
    throw badInput(field, `${field} must be 1 to ${LIMITS.notifyAfterSeconds} seconds`);
  return seconds;
}
