import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import type { Measure } from './lib/measure.js';
import { table } from './lib/table.js';
import { burst } from './measures/burst.js';
import { connect } from './measures/connect.js';
import { drain } from './measures/drain.js';
import { fair } from './measures/fair.js';
import { fanout } from './measures/fanout.js';
import { growth } from './measures/growth.js';
import { idle } from './measures/idle.js';
import { latency } from './measures/latency.js';
import { live } from './measures/live.js';
import { push } from './measures/push.js';
import { query } from './measures/query.js';
import { settle } from './measures/settle.js';
import { size } from './measures/size.js';

const MEASURES: readonly Measure[] = [
  fanout,
  burst,
  push,
  size,
  fair,
  latency,
  drain,
  connect,
  idle,
  query,
  growth,
  settle,
  live,
];

/** `npm run bench -- [NAME …] [--quick]`: runs the measures and prints their tables; the figures go to .cache/bench.json, too. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const quick = args.includes('--quick');
  const names = args.filter((arg) => !arg.startsWith('--'));
  const unknown = names.filter((name) => !MEASURES.some((measure) => measure.name === name));
  if (unknown.length > 0)
    throw new Error(`no such measure: ${unknown.join(', ')}; there are ${MEASURES.map((m) => m.name).join(', ')}`);
  const results: Record<string, unknown> = {};
  for (const measure of MEASURES) {
    if (names.length > 0 && !names.includes(measure.name)) continue;
    const progress = (message: string) => process.stderr.write(`${measure.name}: ${message}\n`);
    const rows = await measure.run({ progress, quick });
    results[measure.name] = rows;
    process.stdout.write(`\n${measure.name}: ${measure.about}\n\n${table(rows)}\n`);
  }
  const about = {
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    node: process.version,
    machine: `${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    quick,
  };
  mkdirSync('.cache', { recursive: true });
  writeFileSync('.cache/bench.json', `${JSON.stringify({ ...about, results }, null, 2)}\n`);
  process.stdout.write(`\n${about.machine}, node ${about.node}, commit ${about.commit}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
