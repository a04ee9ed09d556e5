import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { printedBlock, printedBlocks } from '../support/documents.js';
import { installPacked, type Project } from '../support/packed.js';
import { until } from '../support/process.js';
import type { TestNode } from './clients.js';
import { type NodeSide, startNode } from './node.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const VITE = join(ROOT, 'node_modules/.bin/vite');

let project: Project;
beforeAll(async () => {
  project = await installPacked('@tidings/client', ['react', 'react-dom', 'scheduler', 'loose-envify', 'js-tokens', 'vite']);
}, 120_000);
afterAll(() => project?.remove());

test('what is packed is the built client with its types, and no sources', () => {
  const built = ['index.js', 'index.d.ts', 'react.js', 'react.d.ts', 'tabs.js', 'tabs/index.d.ts', 'script.js', 'options.d.ts'];
  expect(printedBlock('packages/client/README.md', 'sh')).toBe('npm install @tidings/client\n');
  expect(project.files).toEqual(
    expect.arrayContaining(['package.json', 'README.md', 'LICENSE', ...built.map((file) => `dist/${file}`)]),
  );
  expect(project.files.filter((path) => !/^(package\.json|README\.md|LICENSE|dist\/[\w/-]+\.(js|d\.ts))$/.test(path))).toEqual(
    [],
  );
});

test('the examples are told to install what npm packs, and to run what they have', async () => {
  const scriptsOf = async (path: string) =>
    Object.keys(JSON.parse(await readFile(join(ROOT, path, 'package.json'), 'utf8')).scripts);
  const [react, backend] = printedBlocks('examples/README.md', 'sh').map((block) => block.trimEnd().split('\n'));
  expect(react).toEqual([
    'npm pack -w @tidings/client',
    'cd examples/react',
    `npm install ../../${project.tarball}`,
    `npm run ${(await scriptsOf('examples/react'))[0]}`,
  ]);
  expect(backend).toEqual([
    'npm pack -w @tidings/sdk',
    'cd examples/backend',
    `npm install ../../${project.tarball.replace('client', 'sdk')}`,
    `TIDINGS_API_KEY=tk_… npm ${(await scriptsOf('examples/backend'))[0]}`,
  ]);
});

test('its version is that of the service, which serves it', async () => {
  const versionOf = async (path: string) => JSON.parse(await readFile(join(ROOT, path), 'utf8')).version;
  expect(await versionOf('packages/client/package.json')).toBe(await versionOf('package.json'));
});

test('bundlers, Node and TypeScript find every entry and its types', async () => {
  await project.checkEntries('--profile', 'esm-only', '--exclude-entrypoints', './script');
}, 60_000);

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])(
  'a project in TypeScript compiles, with module %s and resolution %s',
  async (module, moduleResolution) => {
    await writeFile(
      join(project.folder, 'app.ts'),
      `import { TidingsClient, type ReceivedMessage, type TidingsClientOptions } from '@tidings/client';
     import { TidingsClient as Shared } from '@tidings/client/tabs';
     import { useLiveTopics, useTidings } from '@tidings/client/react';
     const options: TidingsClientOptions = { connectionUri: async (signal) => (await fetch('/', { signal })).text(), share: 'all' };
     export const client = new TidingsClient({ ...options, onMessage: ({ id, expiresAt }) => [id, expiresAt?.length] });
     export const stop = client.subscribe(['a'], ({ data }) => data, { after: 'x', onStale: (signal) => signal.aborted });
     export async function loop(): Promise<ReceivedMessage[]> {
       const all: ReceivedMessage[] = [];
       for await (const message of new Shared({ connectionUri: 'wss://push.example/?token=a' })) all.push(message);
       return all;
     }
     export function Page(): string {
       const { client, state, code } = useTidings(options);
       useLiveTopics(client, ['a'], (event) => event.id);
       return state + (code ?? '');
     }
     // @ts-expect-error: it must be a URI, or get one
     new TidingsClient({ connectionUri: 5 });`,
    );
    const lib = ['es2022', 'dom'];
    expect(await project.compile({ module, moduleResolution, lib }, ['app.ts'])).toBe('');
  },
  60_000,
);

describe('in a page', () => {
  let node: TestNode;
  let chromium: TestChromium;
  let server: Server;
  /** What is served, beside `/connection`. */
  let files: string;
  beforeAll(async () => {
    [node, chromium] = await Promise.all([startNode(), startChromium({ pageAlone: true })]);
    server = await serve((path) => join(files, path), `${node.url}/?token=h.${claims}.s`);
  }, 60_000);
  afterAll(async () => {
    server?.close();
    await Promise.all([chromium?.close(), node?.stop()]);
  });

  /** Opens a page of these files, and notes what its script prints. */
  async function open(folder: string): Promise<{ page: Page; side: NodeSide; printed: string[] }> {
    files = folder;
    const page = await chromium.browser.newPage();
    const printed: string[] = [];
    page.on('console', (line) => line.type() === 'log' && printed.push(line.text()));
    page.on('pageerror', (error) => printed.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    return { page, side: await node.connection(), printed };
  }

  const [first = '', loop = '', tabs = '', ...more] = printedBlocks('packages/client/README.md', 'js');
  const START = "import { TidingsClient } from '@tidings/client'; const client = new TidingsClient({ connectionUri });";
  test.each([
    ['the first of the package', first, ''],
    ['the loop', loop, START],
    ['that of many tabs', tabs, ''],
    ['that of docs/client.md', printedBlock('docs/client.md', 'js'), ''],
  ])('%s, as it is printed, has the message and acknowledges it', async (_, block, before) => {
    expect(more).toEqual([]);
    const { page, side, printed } = await open(await bundled(`${OF_THE_READER}\n${before}\n${block}`));
    side.push('one', 'hello');
    expect(await side.acked(1)).toEqual(['one']);
    const told = () => printed.filter((line) => !/^(connecting|open) /.test(line));
    // What a page prints arrives by another way than its frames.
    await until('the message to be printed', () => told().length > 0);
    expect(told()).toEqual(['hello']);
    await page.close();
  });

  test('the component of the package, as it is printed, counts what comes', async () => {
    const render =
      "createRoot(document.body).render(<Inbox connectionUri={connectionUri} />); import { createRoot } from 'react-dom/client';";
    const block = printedBlock('packages/client/README.md', 'jsx');
    const { page, side } = await open(await bundled(`${OF_THE_READER}\n${block}\n${render}`));
    side.push('one');
    await page.getByText('1 unread').waitFor();
    expect(await page.locator('p').getAttribute('title')).toBe('open');
    await page.close();
  });

  test('the file for a page without a bundler sets TidingsClient', async () => {
    const target = await mkdtemp(join(project.folder, 'page-'));
    await cp(join(project.folder, 'node_modules/@tidings/client/dist/script.js'), join(target, 'client.js'));
    const block = printedBlock('packages/client/README.md', 'html').replace('https://push.example', '');
    await writeFile(
      join(target, 'index.html'),
      `${block}<script type="module">${OF_THE_READER} new TidingsClient({ connectionUri, onMessage });</script>`,
    );
    const { page, side, printed } = await open(target);
    side.push('one', 'hello');
    expect(await side.acked(1)).toEqual(['one']);
    await until('the message to be printed', () => printed.length > 0);
    expect(printed).toEqual(['hello']);
    await page.close();
  });

  test('the example for React, built by Vite, shows messages and counts the unread ones', async () => {
    const app = join(project.folder, 'app');
    await cp(join(ROOT, 'examples/react'), app, { recursive: true });
    expect(await readFile(join(app, 'envelope.js'), 'utf8')).toBe(printedBlock('docs/envelope.md', 'js'));
    await promisify(execFile)(VITE, ['build', '--logLevel', 'error'], { cwd: app });
    const { page, side } = await open(join(app, 'dist'));
    side.push('one', 'hello');
    side.push('two', printedBlock('docs/envelope.md', 'json'));
    side.push('three', '{"text":"elsewhere","link":"//example.org"}');
    expect(await side.acked(3)).toEqual(['one', 'two', 'three']);
    await until('the messages', async () => (await page.locator('button').textContent()) === 'Unread: 3');
    expect(await page.locator('li').allTextContents()).toEqual(['elsewhere', 'Report: Your report is ready', 'hello']);
    expect(await page.locator('li a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).toEqual([
      '/reports/7',
    ]);
    expect(await page.locator('output').textContent()).toBe('elsewhere');
    await page.locator('button').click();
    await until('that they are read', async () => (await page.locator('button').textContent()) === 'Unread: 0');
    await page.close();
  });
});

/** Of a token that lives for an hour: the client reads when it ends. */
const claims = Buffer.from(JSON.stringify({ sub: 'a', iat: Date.now() / 1000, exp: Date.now() / 1000 + 3600 })).toString(
  'base64url',
);

/** What a reader has beside the printed block. */
const OF_THE_READER = `
  const connectionUri = async () => (await (await fetch('/connection', { method: 'POST' })).json()).connectionUri;
  const show = async (message) => console.log(message);
  const onMessage = ({ message }) => show(message);`;

/** Bundles a program with the package as it is installed, into a folder with a page of it. */
async function bundled(program: string): Promise<string> {
  const target = await mkdtemp(join(project.folder, 'page-'));
  const stdin = { contents: program, loader: 'jsx', resolveDir: project.folder } as const;
  await build({ stdin, bundle: true, format: 'esm', jsx: 'automatic', outfile: join(target, 'page.js'), logLevel: 'error' });
  await writeFile(join(target, 'index.html'), '<!doctype html><body><script type="module" src="/page.js"></script>');
  return target;
}

async function serve(file: (path: string) => string, connectionUri: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    if (path === '/connection') {
      response.end(JSON.stringify({ connectionUri }));
      return;
    }
    const content = await readFile(file(path)).catch(() => null);
    response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.writeHead(content ? 200 : 404).end(content ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
