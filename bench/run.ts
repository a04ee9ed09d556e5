import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { beChild, runInChild } from './lib/child-run.js';
import { compare } from './lib/compare.js';
import { about, type Outcome, summary, writeReports } from './lib/report.js';
import { table } from './lib/table.js';
import { MEASURES } from './measures/index.js';

const SCRIPT = fileURLToPath(import.meta.url);

/**
 * `npm run bench -- [NAME …] [--quick] [--rounds N] [--against FOLDER]`: runs the measures, one after the
 * other, and prints their tables and one of all goals, which go to .cache/bench.md and .cache/bench.json,
 * too. A measure that fails is named and the others go on.
 */
async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    args: process.argv.slice(2),
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      against: { type: 'string' },
      child: { type: 'string' },
    },
  });
  const { quick, against, child } = values;
  const rounds = Number(values.rounds ?? (quick ? 1 : 3));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error('--rounds takes a number');
  const unknown = positionals.filter((name) => !MEASURES.some((measure) => measure.name === name));
  if (unknown.length > 0)
    throw new Error(`no such measure: ${unknown.join(', ')}; there are ${MEASURES.map((m) => m.name).join(', ')}`);
  const chosen = MEASURES.filter((measure) => positionals.length === 0 || positionals.includes(measure.name));
  const [only] = chosen;
  if (child !== undefined && only) return beChild(child, only, { quick, rounds });
  const outcomes: Outcome[] = [];
  for (const measure of chosen) {
    if (against !== undefined) {
      process.stdout.write(
        `\n${measure.name}, here and in ${against}\n\n${await compare(SCRIPT, measure, against, rounds, quick)}\n`,
      );
      continue;
    }
    const outcome = await runInChild(SCRIPT, measure, { quick, rounds });
    outcomes.push(outcome);
    writeReports(outcomes, quick);
    const found = outcome.result ? table(outcome.result.rows) : `FAILED: ${outcome.failure}`;
    process.stdout.write(
      `\n${measure.name}: ${measure.about}\n${measure.placement}; ${Math.round(outcome.seconds)} s\n\n${found}\n`,
    );
  }
  if (outcomes.length > 0) process.stdout.write(`\n${summary(outcomes)}\n\n${about(quick)}\n`);
  if (outcomes.some(({ failure }) => failure !== null)) process.exitCode = 1;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
