import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { here } from './files.mjs';

/**
 * Keeps the URL of each module, since modules find files by paths relative to it, wherever the bundle lies.
 */
const keepUrls = {
  name: 'keep-urls',
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
      loader: 'ts',
    }));
  },
};

/** Bundles a module and runs it in this process. */
export async function runTypescript(entry) {
  const outfile = here(`.cache/run/${entry.replaceAll('/', '-')}.${process.pid}.mjs`);
  await build({
    entryPoints: [here(entry)],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [keepUrls],
  });
  await import(outfile);
}
