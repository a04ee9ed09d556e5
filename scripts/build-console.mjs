/**
 * Builds dist/console (index.html, app.js, app.css and assets as files of their own,
 * so that the page works under `Content-Security-Policy: default-src 'self'`).
 */
import { createHash } from 'node:crypto';
import { copyFile, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { BROWSERS } from './lib/browsers.mjs';
import { here } from './lib/files.mjs';

/**
 * GraphiQL's style sheets carry fonts and pictures as data: URLs, which the policy forbids: they become
 * files.
 */
const dataUrlsAsFiles = {
  name: 'data-urls-as-files',
  setup(build) {
    build.onResolve({ filter: /^data:[a-z]+\/[a-z0-9+]+;base64,/ }, ({ path }) => {
      const [, type, data] = /^data:[a-z]+\/([a-z0-9+]+);base64,(.*)$/s.exec(path);
      const contents = Buffer.from(data, 'base64');
      const name = createHash('sha256').update(contents).digest('hex').slice(0, 12);
      return { path: `${name}.${type}`, namespace: 'data-url', pluginData: contents };
    });
    build.onLoad({ filter: /.*/, namespace: 'data-url' }, ({ pluginData }) => ({ contents: pluginData, loader: 'file' }));
  },
};

export async function buildConsole() {
  const out = here('dist/console');
  await rm(out, { recursive: true, force: true });
  await build({
    entryPoints: { app: here('src/console/page/app.tsx') },
    outdir: out,
    bundle: true,
    minify: true,
    format: 'esm',
    target: BROWSERS,
    jsx: 'automatic',
    assetNames: '[name]',
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { 'react-style-singleton': here('src/console/page/adopted-style.ts') },
    plugins: [dataUrlsAsFiles],
    legalComments: 'none',
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'icon.svg']) await copyFile(here(`src/console/page/${file}`), `${out}/${file}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole();
