import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { printedBlocks, read } from '../support/documents.js';
import { EXAMPLE_RECIPIENT } from '../support/example-page.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';
import { MESSAGE } from './documents.js';

const run = promisify(execFile);

const commands = printedBlocks('README.md', 'sh');
const [twoCommands = '', anotherKey = '', register = '', push = '', ask = '', runPage = ''] = commands;
const answers = printedBlocks('README.md', 'json').map((block) => JSON.parse(block));
const pages = printedBlocks('README.md', 'html');
const [page = '', pageWithClient = ''] = pages;

let product: Product;
let chromium: TestChromium;

beforeAll(async () => {
  [product, chromium] = await Promise.all([startServe(), startChromium({ pageAlone: true })]);
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await product?.stop();
});

/** Runs a shell command of the README as it stands, against this product. */
async function paste(text: string): Promise<unknown> {
  const script = text.replace(/^KEY=.*$/m, '').replaceAll('http://127.0.0.1:4000/graphql', product.apiUrl);
  const { stdout } = await run('bash', ['-euc', script], { env: { PATH: process.env.PATH, KEY: product.apiKey } });
  return JSON.parse(stdout);
}

/** Replaces what is another one each time. */
function masked(value: unknown): unknown {
  const text = JSON.stringify(value)
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
    .replace(/eyJ[\w-]+(\.[\w-]+)*…?/g, '<token>')
    .replaceAll(product.deliveryUrl, 'ws://127.0.0.1:4001');
  return JSON.parse(text);
}

test('the first push works as the README prints it, and answers what it prints', async () => {
  const registered = await paste(register);
  expect(masked(registered)).toEqual(masked(answers[0]));
  const { connectionUri } = (registered as { data: { registerRecipient: { connectionUri: string } } }).data.registerRecipient;

  const html = page.replace('ws://127.0.0.1:4001/?token=SOME_TOKEN', connectionUri);
  expect(html).toContain(connectionUri);
  const server = await serve(html);
  const browserPage = await chromium.browser.newPage();
  const socket = browserPage.waitForEvent('websocket');
  await browserPage.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const frame = (await socket).waitForEvent('framereceived');
  await browserPage.getByText('WebSocket connection open.').waitFor();

  const pushed = await paste(push);
  expect(masked(pushed)).toEqual(masked(answers[1]));
  expect((await frame).payload).toBe('The quick brown fox jumps over the lazy dog');
  const [{ item }] = (pushed as { data: { pushMessage: [{ item: { id: string } }] } }).data.pushMessage;
  await until('the receipt', async () => {
    const { message } = await product.ask<{ message: { status: string } }>(MESSAGE, { id: item.id });
    return message.status === 'DELIVERED';
  });
  expect(masked(await paste(ask))).toEqual(masked(answers[2]));

  await browserPage.close();
  server.close();
}, 60_000);

test("the README's page is the example, and its recipient the one of the commands", () => {
  expect(pageWithClient).toBe(read('examples/page/index.html'));
  for (const text of [register, push, read('examples/page/server.mjs')]) expect(text).toContain(EXAMPLE_RECIPIENT);
});

test('the README prints no more than is tried here, and by the tests of the start, of the page and of the commands', () => {
  expect([commands.length, answers.length, pages.length]).toEqual([6, 3, 2]);
  const { scripts } = JSON.parse(read('package.json'));
  expect(twoCommands.match(/^npm \w+/gm)?.map((line) => line.slice(4) in scripts)).toEqual([true, true]);
  expect(anotherKey).toMatch(/^npx tidings key create /);
  const [, program = '', address = ''] = /^TIDINGS_API_KEY=\$KEY node (\S+) +# then open (\S+)\n$/.exec(runPage) ?? [];
  expect(existsSync(program)).toBe(true);
  expect(read(program)).toContain(`PORT ?? ${new URL(address).port}`);
});

test.each(['README.md', 'ARCHITECTURE.md', 'docs/api.md', 'docs/client.md', 'docs/operations.md'])(
  'what %s names is there',
  (path) => {
    const text = read(path);
    const root = new URL('../../', import.meta.url);
    const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(
      (match) => new URL(match[1] as string, new URL(path, root)),
    );
    const paths = [...text.matchAll(/`((?:src|schema|prisma|scripts|examples)\/[\w./-]*)`/g)].map(
      (match) => new URL(match[1] as string, root),
    );
    const named = [...links, ...paths];
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((url) => !existsSync(url)).map(String)).toEqual([]);
  },
);

async function serve(html: string): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
