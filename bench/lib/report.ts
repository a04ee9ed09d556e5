import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Measure, Result, Verdict } from './measure.js';
import { table } from './table.js';

/** Holds the result of one measure, or its failure. */
export interface Outcome {
  measure: Measure;
  seconds: number;
  /** Holds the load average of the minute before; above 1, others were at work. */
  loadBefore: number;
  result: Result | null;
  failure: string | null;
}

const machine = () => `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
const commit = () => execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
export const loadNow = () => loadavg()[0] ?? Number.NaN;

function said(met: boolean | null): string {
  if (met === null) return 'not shown';
  return met ? 'yes' : 'no';
}

const line = (measure: string, verdict: Verdict) => ({
  measure,
  what: verdict.what,
  tidings: verdict.tidings,
  floor: verdict.floor,
  peer: verdict.peer,
  ratio: verdict.ratio,
  goal: verdict.goal,
  met: said(verdict.met),
});

/** Formats one row per goal; a measure that failed has one row. */
export function summary(outcomes: readonly Outcome[]): string {
  return table(
    outcomes.flatMap(({ measure, result, failure }) =>
      result
        ? result.verdicts.map((verdict) => line(measure.name, verdict))
        : [
            {
              ...line(measure.name, { what: '', tidings: '', floor: '', peer: '', ratio: '', goal: '', met: false }),
              what: `FAILED: ${failure}`,
            },
          ],
    ),
  );
}

export const about = (quick: boolean) =>
  `${machine()}, Node ${process.version.slice(1)}, commit ${commit()}${quick ? ', quick forms: figures mean nothing' : ''}`;

/** Writes .cache/bench.md for people and .cache/bench.json. */
export function writeReports(outcomes: readonly Outcome[], quick: boolean): void {
  mkdirSync('.cache', { recursive: true });
  const details = outcomes.map(({ measure, seconds, loadBefore, result, failure }) =>
    [
      `### ${measure.name}`,
      `${measure.about}. ${measure.placement}. ${Math.round(seconds)} s, load average before: ${loadBefore.toFixed(1)}.`,
      result ? table(result.rows) : `FAILED: ${failure}`,
    ].join('\n\n'),
  );
  writeFileSync('.cache/bench.md', `${about(quick)}\n\n${summary(outcomes)}\n\n${details.join('\n\n')}\n`);
  const results = Object.fromEntries(
    outcomes.map(({ measure, ...outcome }) => [measure.name, { about: measure.about, placement: measure.placement, ...outcome }]),
  );
  const heading = { commit: commit(), node: process.version, machine: machine(), quick };
  writeFileSync('.cache/bench.json', `${JSON.stringify({ ...heading, results }, null, 2)}\n`);
}
