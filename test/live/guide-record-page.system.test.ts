import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type Installation, startInstallation } from '../adapters/support.js';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { printedBlock } from '../support/documents.js';
import { until } from '../support/process.js';
import { startTcpSwitch, type TcpSwitch } from '../support/tcp-switch.js';

const html = printedBlock('docs/live-topics.md', 'html');
const TOPIC = 'file:37c3b618';
const CLIENT = new URL('../../dist/client/client.js', import.meta.url);

let chromium: TestChromium;
let tidings: Installation;
let network: TcpSwitch;
let server: Server;
let page: Page;
const state = { pages: 1 };
let connections: number;
let fetches: number;
/** Answers the requests of the page; a test may let them fail or wait. */
let answering: (url: string) => Promise<void>;

beforeAll(async () => {
  [chromium, tidings] = await Promise.all([startChromium({ pageAlone: true }), startInstallation()]);
  const delivery = tidings.deliveryUrls[0] as string;
  network = await startTcpSwitch(Number(new URL(delivery).port));
  server = createServer(async ({ url = '' }, response) => {
    try {
      await answering(url);
    } catch {
      response.writeHead(503).end('away');
      return;
    }
    if (url === '/connection') {
      connections++;
      const { connectionUri } = await tidings.register({ recipient: 'page', subscribe: [TOPIC] });
      const through = connectionUri.replace(delivery, `ws://127.0.0.1:${network.port}`);
      response.setHeader('cache-control', 'no-store').end(JSON.stringify({ connectionUri: through }));
    } else if (url === '/files/37c3b618') {
      fetches++;
      response.end(JSON.stringify(state));
    } else if (url === '/client.js') {
      response.setHeader('content-type', 'text/javascript').end(await readFile(CLIENT));
    } else {
      response.setHeader('content-type', 'text/html').end(html);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
}, 60_000);

beforeEach(async () => {
  state.pages = 1;
  connections = 0;
  fetches = 0;
  answering = async () => {};
  page = await chromium.browser.newPage();
});

afterEach(() => page.close());

afterAll(async () => {
  await chromium?.close();
  server?.close();
  await network?.stop();
  await tidings?.stop();
});

const open = () => page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);

const shown = async () => JSON.parse((await page.locator('#file').textContent()) || '{}').pages as number | undefined;

const shows = (pages: number) => until(`the page to show ${pages}`, async () => (await shown()) === pages, 20_000);

const publish = (pages: number) => tidings.publish({ topic: TOPIC, data: { id: '37c3b618', pages } });

/** Breaks the page's connection, as a node that dies does. */
const disconnect = () => network.cut();

it('the page of the guide shows a record, follows its changes, and catches up after a lost connection', async () => {
  await open();
  await shows(1);
  await publish(2);
  await shows(2);
  let back = () => {};
  answering = () =>
    new Promise((resolve) => {
      back = resolve;
    });
  disconnect();
  // The event is published while the page is away, and nothing else tells of it: what the page could fetch is
  // old.
  await publish(3);
  answering = async () => {};
  back();
  await shows(3);
  expect(connections).toBe(2);
  expect(fetches).toBe(1);
}, 60_000);

it('the page comes back after its backend failed, and fetches the state until it is there', async () => {
  const failures = new Map<string, number>();
  answering = async (url) => {
    const count = failures.get(url) ?? 0;
    failures.set(url, count + 1);
    if (count < 2 && (url === '/connection' || url === '/files/37c3b618')) throw new Error('away');
  };
  await open();
  await shows(1);
  await publish(2);
  await shows(2);
}, 60_000);

it('an event that comes while the state is being fetched is not replaced by the older state', async () => {
  let fetching = () => {};
  const asked = new Promise<void>((resolve) => {
    fetching = resolve;
  });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  answering = async (url) => {
    if (!url.startsWith('/files')) return;
    fetching();
    await held;
  };
  const frames = page.waitForEvent('websocket').then((socket) => socket.waitForEvent('framereceived', isEvent));
  await open();
  await asked;
  await publish(2);
  await frames;
  release();
  // The page has the older state before it gets this answer.
  await page.evaluate("fetch('/files/37c3b618').then((answer) => answer.json())");
  await shows(2);
  expect(fetches).toBe(2);
}, 60_000);

it('the page listens for its end once, however often it connects', async () => {
  await page.addInitScript(
    `globalThis.listening = 0;
    const { addEventListener, removeEventListener } = globalThis;
    globalThis.addEventListener = (type, ...rest) => { listening += type === 'pagehide'; addEventListener(type, ...rest); };
    globalThis.removeEventListener = (type, ...rest) => { listening -= type === 'pagehide'; removeEventListener(type, ...rest); };`,
  );
  await open();
  await shows(1);
  for (let i = 2; i <= 4; i++) {
    state.pages = i;
    disconnect();
    await publish(i);
    await shows(i);
  }
  expect(connections).toBeGreaterThan(3);
  expect(await page.evaluate('listening')).toBe(1);
}, 60_000);

const isEvent = ({ payload }: { payload: string | Buffer }) => payload.toString().includes('"event"');
