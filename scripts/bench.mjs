/** `npm run bench -- <arguments>`: runs bench/run.ts. */
import { build } from 'esbuild';
import { ensureBuilt } from './build.mjs';
import { here } from './lib/files.mjs';
import { failWith } from './lib/run.mjs';

const outfile = here('.cache/bench/run.mjs');
try {
  await ensureBuilt();
  await build({
    entryPoints: [here('bench/run.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
} catch (error) {
  failWith(error);
}
await import(outfile);
