import type { Millis } from '../../lib/time/clock.js';
import { badInput } from '../domain/errors.js';
import { parseDateTime } from './date-time.js';

/**
 * Parses a moment in the future.
 * @param now present time by the database's clock
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseLaterMoment(field: string, text: string, now: Millis): Date {
  const moment = parseDateTime(field, text);
  if (moment.getTime() <= now) throw badInput(field, `${field} must lie in the future`);
  return moment;
}
