// Times as people say them, in the reader's zone. The page is in English, whatever the browser's language.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const WEEKDAY = new Intl.DateTimeFormat('en-GB', { weekday: 'long' });
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long' });
const DAY_OF_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'long', year: 'numeric' });
const FULL: Intl.DateTimeFormatOptions = {
  ...({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' } as const),
  ...({ hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' } as const),
};
const FULL_HERE = new Intl.DateTimeFormat('en-GB', FULL);
const CLOCK_GMT = new Intl.DateTimeFormat('en-GB', { ...FULL, timeZone: 'GMT' });

export const counted = (count: number, unit: string, units = `${unit}s`): string =>
  `${count.toLocaleString('en-GB')} ${count === 1 ? unit : units}`;

/** Writes a length of time in its largest unit, such as "2 minutes". */
export function lengthOfTime(ms: number): string {
  if (ms < SECOND_MS) return 'less than a second';
  if (ms < MINUTE_MS) return counted(Math.floor(ms / SECOND_MS), 'second');
  if (ms < HOUR_MS) return counted(Math.floor(ms / MINUTE_MS), 'minute');
  return ms < 2 * DAY_MS ? counted(Math.floor(ms / HOUR_MS), 'hour') : counted(Math.floor(ms / DAY_MS), 'day');
}

/** Counts midnights in the reader's zone between two moments: -1 is yesterday. */
function daysFrom(now: number, at: Date): number {
  const midnight = (date: Date) => Date.UTC(date.getFullYear(), date.getMonth(), date.getDate());
  return Math.round((midnight(at) - midnight(new Date(now))) / DAY_MS);
}

/** Names the day: "today", "yesterday", "Tuesday", "2 December" or, of another year, "2 December 2025". */
function dayWords(at: Date, now: number): string {
  const days = daysFrom(now, at);
  if (days === 0) return 'today';
  if (days === -1) return 'yesterday';
  if (days === 1) return 'tomorrow';
  if (Math.abs(days) < 7) return WEEKDAY.format(at);
  return (at.getFullYear() === new Date(now).getFullYear() ? DAY : DAY_OF_YEAR).format(at);
}

/** Names a moment by its day and clock: "Tuesday, 14:02". */
export const momentWords = (at: Date, now: number): string => `${dayWords(at, now)}, ${CLOCK.format(at)}`;

/** Says how long ago, or ahead, a moment is; from a day on, when it was. */
export function agoWords(at: Date, now: number): string {
  const age = now - at.getTime();
  if (Math.abs(age) < 5 * SECOND_MS) return 'just now';
  if (age > 0 && age < DAY_MS) return `${lengthOfTime(age)} ago`;
  if (age < 0 && -age < DAY_MS) return `in ${lengthOfTime(-age)}`;
  return momentWords(at, now);
}

/** Writes a moment out, with the zone, and with GMT where that is another. */
export function fullMoment(at: Date): string {
  const here = FULL_HERE.format(at);
  const gmt = CLOCK_GMT.format(at).replace('UTC', 'GMT');
  return here.replace('UTC', 'GMT') === gmt ? gmt : `${here} (${gmt})`;
}

const API_MOMENT = /(?:on )?(?:\w+day, )(\d{1,2} \w+ \d{4}, \d\d:\d\d GMT)/g;

/** Puts the moments of a sentence of the API, which are in GMT, into the reader's zone and words. */
export const inReadersZone = (sentence: string, now: number): string =>
  sentence.replace(API_MOMENT, (whole, moment: string) => {
    const at = new Date(moment);
    return Number.isNaN(at.getTime()) ? whole : momentWords(at, now);
  });
