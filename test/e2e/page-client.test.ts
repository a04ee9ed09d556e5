import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';
import { MESSAGE, PUSH_MESSAGE, REGISTER_RECIPIENT } from './documents.js';

const CLIENT = new URL('../../dist/client/client.js', import.meta.url);
const RECIPIENT = 'a page with the client';

const PAGE = `<!doctype html>
<meta charset="utf-8">
<title>Client</title>
<ul></ul>
<script src="/client.js"></script>
<script type="module">
  new TidingsClient({
    connectionUri: async () => (await (await fetch('/connection', { method: 'POST' })).json()).connectionUri,
    onMessage: ({ message }) => {
      document.querySelector('ul').appendChild(document.createElement('li')).textContent = message;
    },
    onState: (state) => { document.title = state; },
    retryMs: [10, 50],
  });
</script>`;

let chromium: TestChromium;
let product: Product;
let server: Server;
let url: string;

beforeAll(async () => {
  [chromium, product] = await Promise.all([startChromium(), startServe()]);
  server = createServer(async (request, response) => {
    if (request.url === '/connection') {
      const data = await product.ask<{ registerRecipient: object }>(REGISTER_RECIPIENT, { input: { recipient: RECIPIENT } });
      response.setHeader('cache-control', 'no-store').end(JSON.stringify(data.registerRecipient));
    } else if (request.url === '/client.js') {
      response.setHeader('content-type', 'text/javascript').end(await readFile(CLIENT));
    } else {
      response.setHeader('content-type', 'text/html').end(request.url === '/' ? PAGE : '<p>elsewhere</p>');
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  server?.close();
  await product?.stop();
});

async function push(message: string): Promise<string> {
  const { pushMessage } = await product.ask<{ pushMessage: [{ item: { id: string } }] }>(PUSH_MESSAGE, {
    input: { recipients: [RECIPIENT], message },
  });
  return pushMessage[0].item.id;
}

async function becomes(id: string, status: string): Promise<void> {
  await until(`the message to become ${status}`, async () => {
    const { message } = await product.ask<{ message: { status: string; receipt: string | null } }>(MESSAGE, { id });
    return `${message.status} ${message.receipt}` === status;
  });
}

test('in a browser the client acknowledges, closes with its page, and comes back with it', async () => {
  const page = await chromium.browser.newPage();
  await page.goto(url);
  await becomes(await push('one'), 'DELIVERED ACK');

  await page.goto(`${url}elsewhere`);
  const meanwhile = await push('two');
  await becomes(meanwhile, 'PENDING null');
  await page.evaluate('void setTimeout(() => history.back())');
  await becomes(meanwhile, 'DELIVERED ACK');
  await becomes(await push('three'), 'DELIVERED ACK');
  expect(await page.locator('li').allTextContents()).toEqual(['one', 'two', 'three']);
  await page.close();
}, 60_000);

test('after 45 s without a network the client is connected within a second of its return', async () => {
  const context = await chromium.browser.newContext();
  const page = await context.newPage();
  const reaches = (state: string) => until(`the client to be ${state}`, async () => (await page.title()) === state);
  await page.clock.install({ time: 0 });
  await page.goto(url);
  await reaches('open');

  await context.setOffline(true);
  await page.clock.pauseAt(60_000);
  await page.clock.runFor(45_000);
  await reaches('waiting');
  const meanwhile = await push('meanwhile');
  await context.setOffline(false);
  // No more than a second passes for the page until it is connected.
  await page.clock.runFor(1_000);
  await reaches('open');
  await page.clock.resume();
  await becomes(meanwhile, 'DELIVERED ACK');
  expect(await page.locator('li').allTextContents()).toEqual(['meanwhile']);
  await context.close();
}, 60_000);
