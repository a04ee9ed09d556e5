import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

// RFC 3339, section 5.6: letters in either case, only "T" between date and time. Here the zone is optional:
// none means GMT.
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))?$/;

const DAY_MS = 24 * 60 * 60 * 1000;
const MINUTE_MS = 60 * 1000;

/** Returns the first moment of a day, in milliseconds since 1970; null if the calendar has no such day. */
function startOfDay(year: number, month: number, day: number): number | null {
  // Date.UTC would take years below 100 for years of the last century; setUTCFullYear does not.
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : null;
}

/** RFC 3339, section 5.7, allows :60 only as the last second of June or December (UTC). */
function mayBeLeapSecond(secondBefore: number): boolean {
  const date = new Date(secondBefore + 1000);
  return secondBefore % DAY_MS === DAY_MS - 1000 && date.getUTCDate() === 1 && [0, 6].includes(date.getUTCMonth());
}

function readDateTime(text: string): number | null {
  const match = DATE_TIME.exec(text);
  if (!match) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const start = startOfDay(year, month, day);
  if (start === null || hour > 23 || minute > 59 || second > 60) return null;

  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const offset = (match[8] === '-' ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * MINUTE_MS;

  const wholeSecond = start + (hour * 60 + minute) * MINUTE_MS + second * 1000 - offset;
  if (second === 60 && !mayBeLeapSecond(wholeSecond - 1000)) return null;
  return wholeSecond + Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'));
}

function readDate(text: string): number | null {
  const match = DATE.exec(text);
  return match && startOfDay(Number(match[1]), Number(match[2]), Number(match[3]));
}

function requireYear(field: string, time: number | null): Date {
  const date = new Date(time ?? Number.NaN);
  const year = date.getUTCFullYear();
  if (year >= 1970 && year <= 9999) return date;
  throw badInput(
    field,
    `${field} must be a date and time as in RFC 3339, such as 2023-07-18T15:00:00Z, of the years 1970 to 9999`,
  );
}

/**
 * Parses a moment, cut to milliseconds.
 * @throws TidingsError BAD_USER_INPUT
 */
export const parseDateTime = (field: string, text: string): Date =>
  requireYear(field, readDateTime(requireCleanText(field, text)));

/**
 * Parses one end of a range: a moment, or a date, which stands for its first moment in `from` and for its
 * last one in `to`.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseRangeEnd(field: string, text: string, end: 'from' | 'to'): Date {
  const day = readDate(requireCleanText(field, text));
  if (day === null) return parseDateTime(field, text);
  return requireYear(field, end === 'from' ? day : day + DAY_MS - 1);
}
