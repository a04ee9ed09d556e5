import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import { startApi, type TestApi } from '../api/support/api.js';
import { printedBlock, printedBlocks } from '../support/documents.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const KEY = 'tk_of_the_readme';

let api: TestApi;
let folder: string;
beforeAll(async () => {
  api = await startApi();
  api.keys.add(KEY, { tenantId: api.tenantId });
  folder = await mkdtemp(join(ROOT, '.cache/readme-'));
});
afterAll(async () => {
  await api.node.stop();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Makes one program of all blocks, in their order, each in a scope of its own but the first. What a block prints begins
 * with a line that names it.
 */
function programOf(blocks: readonly string[]): string {
  const imports = new Set(blocks.flatMap((block) => block.match(/^import .*$/gm) ?? []));
  const bodies = blocks.map((block) => block.replace(/^import .*$/gm, ''));
  const [first = '', ...others] = bodies;
  return [...imports, first, ...others.map((body, index) => `console.log('#${index + 1}');\n{\n${body}\n}`)].join('\n');
}

test("every block of the package's README runs, and prints what it says", async () => {
  const blocks = printedBlocks('packages/sdk/README.md', 'ts');
  await writeFile(join(folder, 'readme.ts'), programOf(blocks));
  const outfile = join(folder, 'readme.mjs');
  await build({
    entryPoints: [join(folder, 'readme.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    alias: { '@tidings/sdk': join(ROOT, 'packages/sdk/src/index.ts') },
    logLevel: 'error',
  });
  const env = { PATH: process.env.PATH ?? '', TIDINGS_URL: api.url, TIDINGS_API_KEY: KEY };
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], { env });
  const printed = [...stdout.matchAll(/^#\d+\n((?:(?!#).*\n)*)/gm)].map(([, lines = '']) => lines.trimEnd());
  const promised = blocks.slice(1).map((block) => [...block.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => line).join('\n'));
  expect(printed).toEqual(promised);
  expect(promised.filter((line) => line !== '').length).toBeGreaterThan(8);
});

test('its one command installs it, as the test of the package does', () => {
  expect(printedBlock('packages/sdk/README.md', 'sh')).toBe('npm install @tidings/sdk\n');
});
