import type { UsageStep } from './overview-question.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Spans of the charts, by the option `span` of the view. */
export const SPANS = {
  day: { step: 'HOUR', name: 'Last 24 hours', from: (now: number) => now - 23 * HOUR_MS },
  month: { step: 'DAY', name: 'Last 30 days', from: (now: number) => now - 29 * DAY_MS },
} as const;

export type SpanName = keyof typeof SPANS;

/** Reads the option; a day if it is none of them. */
export const spanOf = (option: string | undefined): SpanName => (option === 'month' ? 'month' : 'day');

const COUNTS = ['accepted', 'delivered', 'recalled', 'expired', 'globals', 'connects', 'refused'] as const;

export type Totals = Record<(typeof COUNTS)[number], number>;

/** Adds steps up. */
export function totalsOf(steps: readonly UsageStep[]): Totals {
  const totals = Object.fromEntries(COUNTS.map((name) => [name, 0])) as Totals;
  for (const step of steps) for (const name of COUNTS) totals[name] += step[name];
  return totals;
}

/** Writes a time to delivery, such as "40 ms", "2.5 s" or "3 min". */
export function secondsWords(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  if (seconds < 90) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds)} s`;
  return seconds < 5_400 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3_600)} h`;
}
