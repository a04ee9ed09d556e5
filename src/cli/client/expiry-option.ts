import { parseDuration } from '../../config/index.js';
import { parseDateTime } from '../../core/validation/date-time.js';
import { WrongUse } from './wrong-use.js';

/** Reads `--expires`: a duration from now on, or a moment. */
export function readExpiry(text: string, now: number): Date {
  const ms = parseDuration(text);
  if (ms !== null) return new Date(now + ms);
  try {
    return parseDateTime('expires', text);
  } catch {
    throw new WrongUse('--expires takes a duration such as 90d, or a moment such as 2030-01-31T12:00:00Z');
  }
}

/** Reads `--expires` where it says how long something lives, in seconds. */
export function readLifetime(text: string, now: number): number {
  const seconds = Math.ceil((readExpiry(text, now).getTime() - now) / 1000);
  if (seconds < 1) throw new WrongUse('--expires must lie in the future');
  return seconds;
}
