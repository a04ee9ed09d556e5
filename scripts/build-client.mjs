/**
 * Builds the client for browsers and Node. As a program, the package `@tidings/client` as npm publishes it:
 * packages/client/dist, with types.
 */
import { cp, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BROWSERS } from './lib/browsers.mjs';
import { here } from './lib/files.mjs';
import { failWith, must, tool } from './lib/run.mjs';

const PACKAGE = 'packages/client';
/** The compiler puts types here, in folders as the sources have them. */
const TYPES_FOLDER = '.cache/client-types';
const TYPES = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir'];

/** Names inside the client that no page and no other entry sees. They get short ones. */
const INTERNAL = [
  'abandonRefused|accepted|answered|asked|begin|command|connected|disconnected|guard|handle|listener|liveness|messages',
  'onAccepted|onEnd|onFrame|options|outdate|patienceMs|probe|probed|refused|remember|result|retriesMs|runWithin|socket',
  'subscription|take|tell|waits',
];
const options = {
  bundle: true,
  minify: true,
  mangleProps: new RegExp(`^(${INTERNAL.join('|')})$`),
  // Fields that the constructor sets need no declaration of their own.
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
  target: BROWSERS,
  logLevel: 'warning',
};

/** Builds what a delivery node serves at /client.js: one file for `<script>`, which sets `TidingsClient`. */
export async function buildClient(outfile = here('dist/client/client.js')) {
  await build({ ...options, entryPoints: [here(`${PACKAGE}/src/script.ts`)], outfile, format: 'iife' });
}

/** Each entry is a file of its own; the others import the first. */
export async function buildEntries(outdir) {
  const entry = (name, path) =>
    build({
      ...options,
      entryPoints: { [name]: here(`${PACKAGE}/src/${path}`) },
      outdir,
      format: 'esm',
      plugins: [indexOutside],
    });
  await Promise.all([
    buildClient(`${outdir}/script.js`),
    entry('index', 'index.ts'),
    entry('react', 'react.ts'),
    entry('tabs', 'tabs/index.ts'),
  ]);
}

const indexOutside = {
  name: 'index-outside',
  setup({ onResolve }) {
    onResolve({ filter: /^\.\.?\/index\.js$/ }, () => ({ path: './index.js', external: true }));
    onResolve({ filter: /^react$/ }, () => ({ external: true }));
  },
};

async function buildPackage() {
  await rm(here(`${PACKAGE}/dist`), { recursive: true, force: true });
  await Promise.all([
    buildEntries(here(`${PACKAGE}/dist`)),
    must(tool('tsc'), ['-p', here(`${PACKAGE}/tsconfig.json`), ...TYPES, here(TYPES_FOLDER)]),
  ]);
  await cp(here(`${TYPES_FOLDER}/${PACKAGE}/src`), here(`${PACKAGE}/dist`), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage().catch(failWith);
