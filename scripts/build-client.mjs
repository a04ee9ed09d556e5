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

/** Builds the one file that pages load: dist/client/tidings-client.js. */
export async function buildClient(outfile = here('dist/client/tidings-client.js')) {
  await build({
    entryPoints: [here(`${PACKAGE}/src/index.ts`)],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    target: BROWSERS,
    logLevel: 'warning',
  });
}

async function buildPackage() {
  await rm(here(`${PACKAGE}/dist`), { recursive: true, force: true });
  await Promise.all([
    buildClient(here(`${PACKAGE}/dist/index.js`)),
    must(tool('tsc'), ['-p', here(`${PACKAGE}/tsconfig.json`), ...TYPES, here(TYPES_FOLDER)]),
  ]);
  await cp(here(`${TYPES_FOLDER}/${PACKAGE}/src`), here(`${PACKAGE}/dist`), { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage().catch(failWith);
