import { quantile } from '../lib/ledger.js';
import type { Stage } from './stage.js';

/** Holds the outcome of a run. */
export interface Row {
  fault: string;
  /** Is `held`, `BROKEN`, `FAILED` or `skipped: why`. */
  result: string;
  accepted: number;
  lost: number;
  falselyDelivered: number;
  repeats: number;
  repeatsOnOneConnection: number;
  /** Counts attempts by code and outcome. */
  refusals: Readonly<Record<string, number>>;
  /** Holds milliseconds; null where nobody had to come back. */
  back: { times: number; p50: number; p99: number } | null;
  allDeliveredAfterMs: number;
  notes: readonly string[];
  breaches: readonly string[];
}

export const nothing = (fault: string): Row => ({
  fault,
  result: '',
  accepted: 0,
  lost: 0,
  falselyDelivered: 0,
  repeats: 0,
  repeatsOnOneConnection: 0,
  refusals: {},
  back: null,
  allDeliveredAfterMs: 0,
  notes: [],
  breaches: [],
});

export function rowOf(fault: string, { verdict, report, backAfterMs, notes, breaches }: Stage): Row {
  return {
    fault,
    result: breaches.length === 0 ? 'held' : 'BROKEN',
    accepted: verdict.accepted,
    lost: verdict.lost.length,
    falselyDelivered: verdict.falselyDelivered.length,
    repeats: verdict.repeats,
    repeatsOnOneConnection: verdict.repeatsOnOneConnection,
    refusals: report.refusals,
    back:
      backAfterMs.length === 0
        ? null
        : { times: backAfterMs.length, p50: quantile(backAfterMs, 0.5), p99: quantile(backAfterMs, 0.99) },
    allDeliveredAfterMs: verdict.allDeliveredAfterMs,
    notes,
    breaches,
  };
}

const COLUMNS: ReadonlyArray<readonly [string, (row: Row) => string | number]> = [
  ['fault', ({ fault }) => fault],
  ['result', ({ result }) => result],
  ['accepted', ({ accepted }) => accepted],
  ['lost', ({ lost }) => lost],
  ['false DELIVERED', ({ falselyDelivered }) => falselyDelivered],
  ['repeats', ({ repeats }) => repeats],
  ['on one connection', ({ repeatsOnOneConnection }) => repeatsOnOneConnection],
  [
    'refused attempts',
    ({ refusals }) =>
      Object.entries(refusals)
        .map(([what, n]) => `${n} ${what}`)
        .join(', ') || 'none',
  ],
  ['came back: times, p50, p99', ({ back }) => (back ? `${back.times}, ${ms(back.p50)}, ${ms(back.p99)}` : 'none had to')],
  ['all delivered after the end', ({ allDeliveredAfterMs }) => ms(allDeliveredAfterMs)],
  ['also', ({ notes, breaches }) => [...notes, ...breaches.map((breach) => `**${breach.split('\n')[0]}**`)].join('; ')],
];

const line = (cells: ReadonlyArray<string | number>) => `| ${cells.join(' | ')} |`;

/** Formats the first two lines of a Markdown table. */
export const heading = [line(COLUMNS.map(([name]) => name)), line(COLUMNS.map(() => '---'))].join('\n');

export const row = (of: Row): string => line(COLUMNS.map(([, cell]) => cell(of)));

/** Formats a time for people. */
export function ms(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return 'never';
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
