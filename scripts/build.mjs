/**
 * Builds dist/: cli/tidings.js from src (the packages stay outside), the console and the browser client.
 * Does nothing if everything is current.
 */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashOf, here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

/** What the build reads. */
const SOURCES = ['src', 'packages/client/src', 'packages/sdk/src', 'scripts', 'package-lock.json'];
const STAMP = 'dist/.built-from';
const LOCK = '.cache/build.lock';
/** Ignores a lock after this time: a build takes seconds, so one that was killed left it. */
const LOCK_MS = 60_000;

export async function ensureBuilt() {
  const hash = hashOf(SOURCES);
  const current = async () => (await readFile(here(STAMP), 'utf8').catch(() => '')) === hash;
  if (await current()) return;
  await lock();
  try {
    if (await current()) return;
    await rm(here(STAMP), { force: true });
    // A node's standard error is JSON on a pipe, and a line of ours is not.
    if (process.stderr.isTTY) console.error('Building (once per version, some seconds) ...');
    await build();
    await writeFile(here(STAMP), hash);
  } finally {
    await rm(here(LOCK), { recursive: true, force: true });
  }
}

async function build() {
  const bundlers = Promise.all([import('esbuild'), import('./build-console.mjs'), import('./build-client.mjs')]);
  const [{ build, stop }, { buildConsole }, { buildClient }] = await bundlers.catch(explainMissing);
  const server = build({
    entryPoints: [here('src/cli/main.ts')],
    // The output is as deep as the sources, so that paths relative to a module's URL stay true.
    outfile: here('dist/cli/tidings.js'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node20',
    format: 'esm',
    sourcemap: true,
    logLevel: 'warning',
  });
  await Promise.all([server, buildConsole(), buildClient()]);
  // esbuild's process would stay for as long as the product runs.
  await stop();
}

function explainMissing(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  throw new Error('packages are missing: run `npm ci` once, or `npm start`, which installs them by itself');
}

async function lock() {
  await mkdir(here('.cache'), { recursive: true });
  while (true) {
    try {
      await mkdir(here(LOCK));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const { mtimeMs } = await stat(here(LOCK)).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > LOCK_MS) await rm(here(LOCK), { recursive: true, force: true });
    await delay(50);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureBuilt().catch(failWith);
