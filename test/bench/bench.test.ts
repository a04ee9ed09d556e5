import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';

const here = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, [here('scripts/bench.mjs'), ...args], { cwd: here('.') });

test('the quick form of a measure prints its table and writes its figures', async () => {
  const { stdout } = await bench('growth', '--quick');
  expect(stdout).toMatch(/^growth: what the bus carries/m);
  expect(stdout).toMatch(/^\| delivery nodes \| kind /m);
  const written = JSON.parse(await readFile(here('.cache/bench.json'), 'utf8'));
  expect(written).toMatchObject({ commit: expect.any(String), node: process.version, machine: expect.any(String) });
  expect(written.results.growth).toHaveLength(4);
}, 120_000);

test('a measure that does not exist is refused, and those that do are named', async () => {
  await expect(bench('gush')).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/no such measure: gush; there are .*push/),
  });
});

test('every measure is described, and described are only those that exist', async () => {
  const { stderr } = await bench('gush').catch((error: { stderr: string }) => error);
  const names = /there are (.*)/.exec(stderr)?.[1]?.split(', ') ?? [];
  const text = await readFile(here('bench/README.md'), 'utf8');
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) expect(text).toMatch(new RegExp(`^\\| \`?${name}\`? `, 'm'));
});
