import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { transform } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Not below the temporary folder: the bundler looks for packages from where the sources really are.
const CHECKOUT = join(ROOT, '.cache/checkout', String(process.pid));

async function copyTo(folder: string): Promise<void> {
  for (const part of ['bin', 'packages', 'schema', 'scripts', 'src', 'package.json', 'package-lock.json'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true });
}

beforeAll(async () => {
  await mkdir(CHECKOUT, { recursive: true });
  await copyTo(CHECKOUT);
  await symlink(join(ROOT, 'node_modules'), join(CHECKOUT, 'node_modules'));
});
afterAll(() => rm(CHECKOUT, { recursive: true, force: true }));

const run = promisify(execFile);
const help = async (folder = CHECKOUT) => (await run(process.execPath, [join(folder, 'bin/tidings.mjs'), '--help'])).stdout;

test('the program of a checkout is built when it first runs, and again when the sources have changed', async () => {
  expect(await help()).toContain('Push notifications to browsers.');
  const file = join(CHECKOUT, 'src/cli/run.ts');
  await writeFile(file, (await readFile(file, 'utf8')).replace('Push notifications to browsers.', 'News to browsers.'));
  expect(await help()).toContain('News to browsers.');
}, 60_000);

test('in a checkout without its packages the program says so in one line', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tidings-checkout-'));
  try {
    await copyTo(folder);
    const line = 'packages are missing: run `npm ci` once, or `npm start`, which installs them by itself\n';
    await expect(help(folder)).rejects.toMatchObject({ code: 1, stdout: '', stderr: line });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

describe('on a Node that is too old', () => {
  const ENTRIES = ['bin/tidings.mjs', 'scripts/start.mjs'];

  test.each(ENTRIES)('%s says so in one line', async (entry) => {
    const folder = await mkdtemp(join(tmpdir(), 'tidings-checkout-'));
    try {
      for (const part of ['bin', 'scripts']) await cp(join(ROOT, part), join(folder, part), { recursive: true });
      await writeFile(join(folder, 'package.json'), JSON.stringify({ engines: { node: '>=99.7' } }));
      const line = `tidings: Node ${process.versions.node} is too old: 99.7 or later is needed\n`;
      await expect(run(process.execPath, [join(folder, entry)])).rejects.toMatchObject({ code: 1, stdout: '', stderr: line });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test.each([...ENTRIES, 'bin/node-version.mjs'])('%s can be read', async (entry) => {
    const text = await readFile(join(ROOT, entry), 'utf8');
    // The compiler refuses what it cannot write for this version, and writes anew what is younger.
    const options = { format: 'esm', supported: { 'dynamic-import': true } } as const;
    const [asIs, forOld] = await Promise.all([transform(text, options), transform(text, { ...options, target: 'node12.17' })]);
    expect(forOld.code).toBe(asIs.code);
    const imported = [...text.matchAll(/^import .*?'([^']+)';$/gm)].map(([, name]) => name);
    expect(imported).toEqual(entry === 'bin/node-version.mjs' ? ['fs'] : [expect.stringMatching(/node-version\.mjs$/)]);
  });
});
