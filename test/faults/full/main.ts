import { parseArgs } from 'node:util';
import type { Fault } from './fault.js';
import { FAULTS } from './faults.js';
import { runFault } from './run-fault.js';
import { soak } from './soak.js';
import { heading, ms, type Row, row } from './table.js';

const USAGE = `npm run test:faults -- [NAME …]      every fault, or these
npm run soak -- --minutes N [NAME …]  faults at random, one after the other, on one installation`;

/** Prints a table, and returns whether everything held. */
async function main(): Promise<boolean> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { soak: { type: 'boolean' }, minutes: { type: 'string' }, help: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(`${USAGE}\n\n${FAULTS.map(({ name, about }) => `${name}: ${about}`).join('\n')}`);
    return true;
  }
  const unknown = positionals.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0)
    throw new Error(`no such fault: ${unknown.join(', ')}; there are ${FAULTS.map((f) => f.name).join(', ')}`);
  const chosen = (fault: Fault) => positionals.length === 0 || positionals.includes(fault.name);
  const progress = (text: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
  const rows: Row[] = [];
  if (values.soak) {
    const minutes = Number(values.minutes);
    if (!(minutes > 0)) throw new Error(USAGE);
    rows.push(
      await soak(
        FAULTS.filter((fault) => fault.soak === true && chosen(fault)),
        minutes,
        progress,
      ),
    );
  } else {
    for (const fault of FAULTS.filter(chosen)) {
      progress(`${fault.name}: ${fault.about}`);
      const begun = performance.now();
      const outcome = await runFault(fault);
      progress(`${fault.name}: ${outcome.result}, after ${ms(performance.now() - begun)}`);
      for (const breach of outcome.breaches) progress(`  ${breach}`);
      rows.push(outcome);
    }
  }
  console.log([heading, ...rows.map(row)].join('\n'));
  return rows.every(({ breaches }) => breaches.length === 0);
}

// The servers and nodes end with this process, if it ends by `exit`.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

main().then(
  (held) => process.exit(held ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.stack : error);
    process.exit(1);
  },
);
