import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startChromium } from '../support/chromium.js';
import { until } from '../support/process.js';
import { startNode } from './node.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const tool = (name: string) => join(ROOT, 'node_modules/.bin', name);

let folder: string;
let tarball: string;
let packed: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-package-'));
  const args = ['pack', '--json', '--pack-destination', folder, '-w', '@tidings/client'];
  const { stdout } = await run('npm', args, { cwd: ROOT });
  const text = stdout.slice(stdout.search(/^[[{]/m));
  const [{ filename, files }] = Object.values<{ filename: string; files: Array<{ path: string }> }>(JSON.parse(text)) as [never];
  tarball = join(folder, String(filename).replace(/^.*\//, ''));
  packed = (files as Array<{ path: string }>).map(({ path }) => path);
  const installed = join(folder, 'node_modules/@tidings/client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of ['react', 'react-dom', 'scheduler', 'loose-envify', 'js-tokens', 'vite'])
    await symlink(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

test('what is packed is the built client with its types, and no sources', () => {
  const built = ['index.js', 'index.d.ts', 'react.js', 'react.d.ts', 'tabs.js', 'tabs/index.d.ts', 'script.js', 'options.d.ts'];
  expect(packed).toEqual(
    expect.arrayContaining(['package.json', 'README.md', 'LICENSE', ...built.map((file) => `dist/${file}`)]),
  );
  expect(packed.filter((path) => !/^(package\.json|README\.md|LICENSE|dist\/[\w/-]+\.(js|d\.ts))$/.test(path))).toEqual([]);
});

test('its version is that of the service, which serves it', async () => {
  const versionOf = async (path: string) => JSON.parse(await readFile(join(ROOT, path), 'utf8')).version;
  expect(await versionOf('packages/client/package.json')).toBe(await versionOf('package.json'));
});

test('bundlers, Node and TypeScript find every entry and its types', async () => {
  await run(tool('publint'), ['--strict', tarball]);
  await run(tool('attw'), [tarball, '--profile', 'esm-only', '--exclude-entrypoints', './script']);
}, 60_000);

test.each([
  ['nodenext', 'nodenext'],
  ['esnext', 'bundler'],
])(
  'a project in TypeScript compiles, with module %s and resolution %s',
  async (module, moduleResolution) => {
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(
      join(folder, 'app.ts'),
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
    const options = { module, moduleResolution, target: 'es2022', lib: ['es2022', 'dom'], strict: true, noEmit: true, types: [] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['app.ts'] }));
    const { stdout } = await run(tool('tsc'), ['-p', folder]).catch((error) => error);
    expect(stdout).toBe('');
  },
  60_000,
);

test('the example for React, built by Vite, shows messages and counts the unread ones', async () => {
  const app = join(folder, 'app');
  await cp(join(ROOT, 'examples/react'), app, { recursive: true });
  await run(tool('vite'), ['build', '--logLevel', 'error'], { cwd: app });
  const [node, chromium] = await Promise.all([startNode(), startChromium()]);
  const server = await serve(join(app, 'dist'), node.url);
  try {
    const page = await chromium.browser.newPage();
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const side = await node.connection();
    side.push('one', 'hello');
    side.push('two', 'world');
    expect(await side.acked(2)).toEqual(['one', 'two']);
    await until('both messages', async () => (await page.locator('button').textContent()) === 'Unread: 2');
    expect(await page.locator('li').allTextContents()).toEqual(['world', 'hello']);
    expect(await page.locator('output').textContent()).toBe('world');
    await page.locator('button').click();
    await until('that they are read', async () => (await page.locator('button').textContent()) === 'Unread: 0');
  } finally {
    server.close();
    await Promise.all([chromium.close(), node.stop()]);
  }
}, 60_000);

async function serve(files: string, nodeUrl: string): Promise<Server> {
  const server = createServer(async (request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '');
    if (path === '/connection') {
      response.end(JSON.stringify({ connectionUri: `${nodeUrl}/?token=a` }));
      return;
    }
    const content = await readFile(join(files, path)).catch(() => null);
    response.setHeader('content-type', path.endsWith('.js') ? 'text/javascript' : 'text/html');
    response.writeHead(content ? 200 : 404).end(content ?? '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
