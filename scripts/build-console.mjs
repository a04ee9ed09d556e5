/**
 * Builds the pages for people: dist/console/app (the console) and dist/console/graphiql (the page at /graphql).
 * Every file is a file of its own, so that they work under `Content-Security-Policy: default-src 'self'`; their
 * names carry a hash of the content, and compressed forms lie beside them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
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

/**
 * Bundles a page from src/console/<source> into dist/console/<name>, with its index.html.
 * @param next what `main` imports at once by `import()`
 * @param quality of Brotli, 11 at most: that takes five times as long for a twentieth of the size
 */
async function buildPage({ name, source, main, next, quality }) {
  const out = here(`dist/console/${name}`);
  await rm(out, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { app: here(`src/console/${source}/${main}`) },
    outdir: out,
    absWorkingDir: here('.'),
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: BROWSERS,
    jsx: 'automatic',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    assetNames: '[name]-[hash]',
    metafile: true,
    define: { 'process.env.NODE_ENV': '"production"' },
    alias: { 'react-style-singleton': here('src/console/shared/adopted-style.ts') },
    plugins: [dataUrlsAsFiles],
    legalComments: 'none',
    logLevel: 'warning',
  });
  const icon = await readFile(here('src/console/shared/icon.svg'));
  const iconName = `icon-${createHash('sha256').update(icon).digest('hex').slice(0, 8).toUpperCase()}.svg`;
  await writeFile(`${out}/${iconName}`, icon);
  await writeFile(`${out}/index.html`, await pageOf({ source, main, next, icon: iconName }, metafile));
  await compressAll(out, quality);
}

/** Puts the names of what was built into the page: also of the parts that would be found only once others have come. */
async function pageOf({ source, main, next, icon }, { outputs }) {
  const pathOf = (file) => Object.keys(outputs).find((path) => outputs[path].entryPoint?.endsWith(`${source}/${file}`));
  const path = pathOf(main);
  const names = { 'app.js': basename(path), 'app.css': basename(outputs[path].cssBundle), 'icon.svg': icon };
  const html = await readFile(here(`src/console/${source}/index.html`), 'utf8');
  const parts = partsOf([path, ...(next ? [pathOf(next)] : [])], outputs).filter((part) => part !== path);
  return Object.entries(names)
    .reduce((text, [name, hashed]) => text.replace(`/${name}"`, `/${hashed}"`), html)
    .replace(/^.*\/parts\.js".*\n/m, (line) => parts.map((part) => line.replace('parts.js', basename(part))).join(''));
}

/** Lists files, and those that they cannot do without. */
function partsOf(paths, outputs, found = new Set()) {
  for (const path of paths) {
    if (found.has(path)) continue;
    found.add(path);
    const imported = outputs[path].imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
    partsOf(
      imported.map((one) => one.path),
      outputs,
      found,
    );
  }
  return [...found];
}

/** Fonts are compressed by themselves. */
const COMPRESSIBLE = /\.(css|html|js|json|svg)$/;

const FORMS = {
  br: (body, quality) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }),
  gz: (body) => promisify(gzip)(body, { level: 9 }),
};

async function compressAll(folder, quality) {
  const names = (await readdir(folder)).filter((name) => COMPRESSIBLE.test(name));
  await Promise.all(
    names.flatMap((name) =>
      Object.entries(FORMS).map(async ([ending, compress]) => {
        const body = await readFile(`${folder}/${name}`);
        const smaller = await compress(body, quality);
        if (smaller.length < body.length) await writeFile(`${folder}/${name}.${ending}`, smaller);
      }),
    ),
  );
}

export async function buildConsole() {
  await rm(here('dist/console'), { recursive: true, force: true });
  await mkdir(here('dist/console'), { recursive: true });
  await Promise.all([
    buildPage({ name: 'app', source: 'app', main: 'main.tsx', next: 'frame/console-app.tsx', quality: 11 }),
    buildPage({ name: 'graphiql', source: 'page', main: 'app.tsx', quality: 9 }),
  ]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildConsole();
