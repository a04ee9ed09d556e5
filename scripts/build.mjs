/**
 * Builds dist/: the program in cli/ from src and its packages, the console and the browser client.
 * Does nothing if everything is current.
 */
import { mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashOf, here, looksOf } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

/** What the build reads. */
const SOURCES = ['src', 'packages/client/src', 'packages/sdk/src', 'scripts', 'package-lock.json'];
const STAMP = 'dist/.built-from';
const LOCK = '.cache/build.lock';
/** Ignores a lock after this time: a build takes seconds, so one that was killed left it. */
const LOCK_MS = 60_000;

/** Gives packages in CommonJS what they ask for node's modules with. */
const REQUIRE = "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);";

export async function ensureBuilt() {
  const looks = looksOf(SOURCES);
  if ((await readStamp()).looks === looks) return;
  const hash = hashOf(SOURCES);
  if ((await readStamp()).hash !== hash) await buildInTurn(hash);
  // Whoever may not write here reads the sources each time.
  await writeFile(here(STAMP), JSON.stringify({ looks, hash })).catch(() => {});
}

/** Returns what is built: the sources' hash, and how they looked. */
async function readStamp() {
  try {
    return JSON.parse(await readFile(here(STAMP), 'utf8'));
  } catch {
    return {};
  }
}

/** Builds unless another process does so meanwhile. */
async function buildInTurn(hash) {
  await lock();
  try {
    if ((await readStamp()).hash === hash) return;
    await rm(here(STAMP), { force: true });
    // A node's standard error is JSON on a pipe, and a line of ours is not.
    if (process.stderr.isTTY) console.error('Building (once per version, some seconds) ...');
    await build();
    await writeFile(here(STAMP), JSON.stringify({ hash }));
  } finally {
    await rm(here(LOCK), { recursive: true, force: true });
  }
}

async function build() {
  const bundlers = Promise.all([import('esbuild'), import('./build-console.mjs'), import('./build-client.mjs')]);
  const [{ build, stop }, { buildConsole }, { buildClient }] = await bundlers.catch(explainMissing);
  await rm(here('dist/cli'), { recursive: true, force: true });
  const server = build({
    entryPoints: [{ in: here('src/cli/main.ts'), out: 'tidings' }],
    // The output is as deep as the sources, so that paths relative to a module's URL stay true.
    outdir: here('dist/cli'),
    // Node takes longer to find a thousand files of packages than to run what is in them.
    bundle: true,
    // What is imported on demand stays apart, for those who demand it.
    splitting: true,
    // Prisma's compiler is larger than the rest; pg tries the other and does without.
    external: ['@prisma/client/runtime/query_compiler_*', 'pg-native'],
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: REQUIRE },
    sourcemap: true,
    sourcesContent: false,
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
