import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
// Not below the temporary folder: the bundler looks for packages from where the sources really are.
const CHECKOUT = join(ROOT, '.cache/checkout', String(process.pid));

beforeAll(async () => {
  await mkdir(CHECKOUT, { recursive: true });
  for (const part of ['bin', 'schema', 'scripts', 'src', 'package.json', 'package-lock.json'])
    await cp(join(ROOT, part), join(CHECKOUT, part), { recursive: true });
  await symlink(join(ROOT, 'node_modules'), join(CHECKOUT, 'node_modules'));
});
afterAll(() => rm(CHECKOUT, { recursive: true, force: true }));

const help = async () => (await promisify(execFile)(process.execPath, [join(CHECKOUT, 'bin/tidings.mjs'), '--help'])).stdout;

test('the program of a checkout is built when it first runs, and again when the sources have changed', async () => {
  expect(await help()).toContain('Push notifications to browsers.');
  const file = join(CHECKOUT, 'src/cli/run.ts');
  await writeFile(file, (await readFile(file, 'utf8')).replace('Push notifications to browsers.', 'News to browsers.'));
  expect(await help()).toContain('News to browsers.');
}, 60_000);
