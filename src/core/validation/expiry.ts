import type { Millis } from '../../lib/time/clock.js';
import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';

/**
 * Requires that a message expires in the future, at most 365 days ahead.
 * @param now present time by the database's clock
 * @throws TidingsError BAD_USER_INPUT
 */
export function requireFutureExpiry(field: string, expiresAt: Date | null, now: Millis): void {
  if (expiresAt === null) return;
  if (expiresAt.getTime() <= now) throw badInput(field, `${field} must not be in the past`);
  if (expiresAt.getTime() > now + LIMITS.expiryAheadMs) throw badInput(field, `${field} must be at most 365 days ahead`);
}
