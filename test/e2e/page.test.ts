import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { EXAMPLE_RECIPIENT, startExamplePage } from '../support/example-page.js';
import { until } from '../support/process.js';
import { type Product, startServe } from '../support/product.js';
import { startTcpSwitch, type TcpSwitch } from '../support/tcp-switch.js';
import { MESSAGE, PENDING, PUSH_MESSAGE } from './documents.js';

let chromium: TestChromium;
let shared: Product;
let product: Product;
let example: { url: string; stop(): Promise<void> };
let page: Page;
let texts: string[];
let network: TcpSwitch;

beforeAll(async () => {
  network = await startTcpSwitch(0);
  // The browser is stopped for a while, and its connection must not be cut for that.
  const env = { PONG_TIMEOUT: '60s', PUBLIC_DELIVERY_URL: `ws://127.0.0.1:${network.port}` };
  [chromium, shared] = await Promise.all([startChromium(), startServe(env)]);
  network.leadTo(Number(new URL(shared.deliveryUrl).port));
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  await shared?.stop();
  await network?.stop();
});

afterEach(async () => {
  await page?.close();
  await example?.stop();
  if (product !== shared) await product?.stop();
});

async function open(on: Product) {
  texts = [];
  product = on;
  example = await startExamplePage(product);
  page = await chromium.browser.newPage();
  await page.goto(example.url);
}

/** Pushes the next text and answers its id. */
async function push(): Promise<string> {
  const message = `text ${texts.length + 1}`;
  const { pushMessage } = await product.ask<{ pushMessage: [{ item: { id: string } }] }>(PUSH_MESSAGE, {
    input: { recipients: [EXAMPLE_RECIPIENT], message },
  });
  texts.push(message);
  return pushMessage[0].item.id;
}

const status = async (id: string) =>
  (await product.ask<{ message: { status: string; receipt: string | null } }>(MESSAGE, { id })).message;

const shown = () => page.locator('#messages li').allTextContents();
const connected = () => page.getByText('WebSocket connection open.').waitFor();

/** A browser closes the sockets of a page that was left a moment later, and answers pings until then. */
const left = () => until('the connection to be closed', async () => (await product.metric('connections')) === 0);

/** Frames with messages that the delivery node has handed to sockets. */
const framesSent = () => product.metric('frames_sent_total');

/** What was confirmed on a connection that broke before its receipt was recorded may come twice. */
const shownOnce = async () => [...new Set(await shown())];

async function everythingArrives(): Promise<void> {
  await until('every text to be shown', async () => (await shownOnce()).length === texts.length, 40_000);
  expect(await shownOnce()).toEqual(texts);
  await until('nothing to be pending', async () => {
    const { messages } = await product.ask<{ messages: { items: unknown[] } }>(PENDING, { recipient: EXAMPLE_RECIPIENT });
    return messages.items.length === 0;
  });
}

test('the page shows what is pushed while it is open, and what was pushed while it was closed', async () => {
  await open(shared);
  await connected();
  const live = await push();
  await everythingArrives();
  expect(await status(live)).toMatchObject({ status: 'DELIVERED', receipt: 'ACK' });

  await page.goto('about:blank');
  await left();
  const waiting = await push();
  expect(await status(waiting)).toMatchObject({ status: 'PENDING', receipt: null });
  await page.goto(example.url);
  await until('the text to be shown', async () => (await shown()).length === 1);
  expect(await shown()).toEqual([texts[1]]);
  await until('the receipt', async () => (await status(waiting)).status === 'DELIVERED');
}, 60_000);

test('a page that comes back out of the back/forward cache connects again and has lost nothing', async () => {
  await open(shared);
  await connected();
  await push();
  await everythingArrives();
  await page.evaluate(() => Object.assign(globalThis, { keptByTheCache: true }));

  await page.goto(new URL('/elsewhere', example.url).href);
  await left();
  const meanwhile = await push();
  expect(await status(meanwhile)).toMatchObject({ status: 'PENDING' });
  // Not goBack(): that waits for a load event, which a page out of the cache never has.
  await page.evaluate('void setTimeout(() => history.back())');
  await page.waitForURL(example.url, { waitUntil: 'commit' });
  expect(await page.evaluate('keptByTheCache')).toBe(true);
  await connected();
  await push();
  await everythingArrives();

  await page.evaluate('void setTimeout(() => history.forward())');
  await page.waitForURL('**/elsewhere', { waitUntil: 'commit' });
  await left();
  await push();
  await page.evaluate('void setTimeout(() => history.back())');
  await page.waitForURL(example.url, { waitUntil: 'commit' });
  await everythingArrives();
}, 90_000);

test('a page comes back by itself after the server was stopped and started, and after kill -9', async () => {
  await open(shared);
  await connected();
  await push();
  await product.terminate();
  await page.getByText('WebSocket connection closed.').waitFor();
  await product.restart();
  await push();
  await connected();
  await push();
  await product.kill();
  await page.getByText('WebSocket connection closed.').waitFor();
  await product.restart();
  await push();
  await connected();
  await push();
  await everythingArrives();
}, 120_000);

test('a page whose token expires while it is connected asks for another, and loses nothing', async () => {
  await open(await startServe({ TOKEN_TTL: '2s' }));
  const again = page
    .waitForEvent('websocket')
    .then((socket) => socket.waitForEvent('close').then(() => page.waitForEvent('websocket')));
  await connected();
  await push();
  await again;
  await push();
  await connected();
  await push();
  await everythingArrives();
}, 60_000);

test('a browser that is stopped gives no receipt though the write succeeded; when it goes on, it does', async () => {
  await open(shared);
  await connected();
  await push();
  await everythingArrives();
  const framesBefore = await framesSent();
  await chromium.freeze();
  let id: string;
  try {
    id = await push();
    await until('the frame to be written', async () => (await framesSent()) > framesBefore);
    // Were a write a receipt, this answer could not come: receipts are recorded within milliseconds, and
    // three more pushes each commit after it.
    for (let i = 0; i < 3; i++) await push();
    expect(await status(id)).toEqual({ status: 'PENDING', receipt: null, deliveredAt: null });
  } finally {
    chromium.continue();
  }
  await until('the receipt', async () => (await status(id)).status === 'DELIVERED');
  expect(await status(id)).toMatchObject({ status: 'DELIVERED', receipt: 'ACK' });
  await everythingArrives();
}, 60_000);

// The last one: its first connection stays open at the node.
test('a page whose socket died while its laptop slept comes back when that wakes, and has lost nothing', async () => {
  await open(shared);
  await connected();
  await push();
  await everythingArrives();
  network.silence();
  await push();
  await page.evaluate("dispatchEvent(new Event('online'))");
  await everythingArrives();
}, 90_000);
