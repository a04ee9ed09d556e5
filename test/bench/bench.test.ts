import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { leash } from '../support/index.js';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const bench = (args: string[], env: Record<string, string> = {}) => {
  const running = promisify(execFile)(process.execPath, [here('scripts/bench.mjs'), ...args], {
    cwd: here('.'),
    env: { ...process.env, ...env },
  });
  leash(running.child);
  return running;
};

test('the quick form of a measure prints its table and writes its figures', async () => {
  const { stdout } = await bench(['growth', '--quick']);
  expect(stdout).toMatch(/^growth: what the bus carries/m);
  expect(stdout).toMatch(/^\| nodes of each kind \| kind /m);
  const written = JSON.parse(await readFile(here('.cache/bench.json'), 'utf8'));
  expect(written).toMatchObject({ commit: expect.any(String), node: process.version, machine: expect.any(String) });
  expect(written.results.growth.result.rows).toHaveLength(6);
  const goals = await readFile(here('.cache/bench.md'), 'utf8');
  expect(goals).toMatch(/^\| measure +\| what +\| tidings +\| floor +\| peer +\| ratio +\| goal +\| met +\|$/m);
  expect(goals).toMatch(/^\| growth .* \| yes +\|$/m);
}, 120_000);

test('a measure that fails is named, the others go on, and the status tells', async () => {
  const failed = await bench(['growth', 'settle', '--quick'], { TIDINGS_BENCH_PRODUCT: here('test') }).catch((error) => error);
  expect(failed).toMatchObject({ code: 1 });
  expect(failed.stdout).toMatch(/^\| growth +\| FAILED: /m);
  expect(failed.stdout).toMatch(/^\| settle +\| designs beside each other/m);
}, 120_000);

test('a measure that does not exist is refused, those that do are named, and these are described', async () => {
  const refused = await bench(['gush']).catch((error: { code: number; stderr: string }) => error);
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/no such measure: gush; there are .*push/) });
  const names = /there are (.*)/.exec(refused.stderr)?.[1]?.split(', ') ?? [];
  const text = await readFile(here('bench/README.md'), 'utf8');
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(text).toMatch(new RegExp(`^\\| \`?${name}\`? `, 'm'));
});
