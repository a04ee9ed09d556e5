import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { runInChild } from './child-run.js';
import type { Measure } from './measure.js';
import { number, sample, show, table } from './table.js';

/** Measures the product of this checkout and that of another in turns, one round each time. */
export async function compare(
  script: string,
  measure: Measure,
  against: string,
  rounds: number,
  quick: boolean,
): Promise<string> {
  const product = resolve(against);
  execFileSync('npm', ['run', '-s', 'build'], { cwd: product, stdio: 'inherit' });
  const here = new Map<string, number[]>();
  const there = new Map<string, number[]>();
  for (let round = 0; round < rounds; round++) {
    const pair = [
      [there, { quick, rounds: 1, product }],
      [here, { quick, rounds: 1 }],
    ] as const;
    // The second of a pair runs on what the first left behind (dirty pages, a warm processor), so they change places.
    for (const [found, options] of round % 2 === 0 ? pair : pair.toReversed()) {
      const { result, failure } = await runInChild(script, measure, options);
      if (!result) throw new Error(`${measure.name}: ${failure}`);
      for (const [name, value] of Object.entries(result.figures)) found.set(name, [...(found.get(name) ?? []), value]);
    }
  }
  return table(
    [...here].map(([name, values]) => {
      const others = sample(there.get(name) ?? []);
      const ours = sample(values);
      return { figure: name, there: show(others), here: show(ours), 'here to there': number(ours.median / others.median) };
    }),
  );
}
