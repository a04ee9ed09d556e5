const HOUR_MS = 3_600_000;

const SPANS: Readonly<Record<string, number>> = {
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
  month: 30 * 24 * HOUR_MS,
};

/** A range of time in the API's words; undefined: any time. */
export interface TimeRange {
  from?: string;
  to?: string;
}

/** Reads the options `time`, `from` and `to` of a view. */
export function timeRangeOf(
  { time = '', from = '', to = '' }: Readonly<Record<string, string>>,
  now: number,
): TimeRange | undefined {
  if (SPANS[time]) return { from: new Date(now - SPANS[time]).toISOString() };
  if (time !== 'between' || (from === '' && to === '')) return undefined;
  return { ...(from === '' ? {} : { from }), ...(to === '' ? {} : { to }) };
}
