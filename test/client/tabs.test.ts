import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BrowserContext, Page } from 'playwright-core';
import { type WebSocket, WebSocketServer } from 'ws';
import { startChromium, type TestChromium } from '../support/chromium.js';
import { until } from '../support/process.js';

/** A connection as the node sees it. */
interface Side {
  socket: WebSocket;
  recipient: string;
  frames: Array<Record<string, unknown>>;
}

const PAGE = `<!doctype html><meta charset="utf-8"><title>Tab</title><script type="module">
  import { TidingsClient } from '/tabs.js';
  Object.assign(window, { got: [], events: [], stale: 0, fails: false, recipient: new URL(location).searchParams.get('recipient') ?? 'alice' });
  window.client = new TidingsClient({
    share: 'app',
    connectionUri: async () => (await fetch('/connection?' + recipient)).text(),
    onMessage: ({ id }) => { if (fails) throw new Error('no'); got.push(id); },
    onError: () => {},
    retryMs: [10, 50],
  });
  if (location.search.includes('live')) client.subscribe(['a'], ({ id }) => events.push(id), { onStale: () => { window.stale++; } });
</script>`;

let folder: string;
let chromium: TestChromium;
let context: BrowserContext;
let server: Server;
let url: string;
let lifeSeconds = 3600;
const sides: Side[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-tabs-'));
  const script = new URL('../../scripts/build-client.mjs', import.meta.url).href;
  const build = `const { buildEntries } = await import(${JSON.stringify(script)}); await buildEntries(${JSON.stringify(folder)});`;
  [chromium] = await Promise.all([
    startChromium(),
    promisify(execFile)(process.execPath, ['--input-type=module', '--eval', build]),
  ]);
  context = await chromium.browser.newContext();
  let made = 0;
  server = createServer(async (request, response) => {
    const { pathname, search } = new URL(request.url ?? '', url);
    if (pathname === '/connection') {
      const iat = Date.now() / 1000;
      const claims = { sub: search.slice(1), jti: ++made, iat, exp: iat + lifeSeconds };
      response.end(`${url.replace('http', 'ws')}?token=h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`);
    } else if (pathname.endsWith('.js')) {
      response.setHeader('content-type', 'text/javascript').end(await readFile(join(folder, pathname)));
    } else response.setHeader('content-type', 'text/html').end(PAGE);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: () => 'tidings.v1' });
  sockets.on('connection', (socket, request) => serve(socket, new URL(request.url ?? '', url).searchParams.get('token') ?? ''));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}, 60_000);

afterAll(async () => {
  await chromium?.close();
  for (const { socket } of sides) socket.terminate();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

function serve(socket: WebSocket, token: string): void {
  const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  const side: Side = { socket, recipient: sub, frames: [] };
  sides.push(side);
  socket.on('close', () => sides.splice(sides.indexOf(side), 1));
  socket.on('message', (data) => {
    const frame = JSON.parse(data.toString());
    side.frames.push(frame);
    if (frame.type === 'ping') socket.send('{"type":"pong"}');
    else if (frame.type !== 'ack') socket.send(JSON.stringify({ type: 'ok', id: frame.id }));
  });
}

const of = (recipient: string) => sides.filter((side) => side.recipient === recipient);

function send(recipient: string, frame: object): void {
  of(recipient)[0]?.socket.send(JSON.stringify(frame));
}

const push = (id: string, recipient = 'alice') =>
  send(recipient, { type: 'message', id, message: id, topic: null, createdAt: '', expiresAt: null, globalMessageId: null });
const got = (page: Page) => page.evaluate<string>('got.join()');
const gets = (page: Page, id: string) => until(`${id} in a tab`, async () => (await got(page)).split(',').includes(id));
const isOpen = (page: Page) => until('an open tab', () => page.evaluate<boolean>('client.state === "open"'));

async function tab(query = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url + query);
  await isOpen(page);
  return page;
}

test('tabs have one connection, which survives the tab that had it; a message is acknowledged once', async () => {
  const leader = await tab();
  const [second, third] = [await tab('?live'), await tab()];
  expect(sides).toHaveLength(1);
  push('one');
  for (const page of [leader, second, third]) await gets(page, 'one');
  await until('the ack', () => sides[0]?.frames.some(({ type }) => type === 'ack') === true);
  expect(sides[0]?.frames.filter(({ type }) => type === 'ack')).toEqual([{ type: 'ack', ids: ['one'] }]);

  await until('the subscription', () => sides[0]?.frames.some(({ type }) => type === 'subscribe') === true);
  send('alice', { type: 'event', id: 'e', topic: 'a', event: 'update', name: null, data: {}, changed: [], createdAt: '' });
  await until('the event', async () => (await second.evaluate('events.join()')) === 'e');
  expect(await second.evaluate('stale')).toBe(1);

  // Nobody has dealt with this one, so a tab that comes later gets it, too.
  for (const page of [leader, second, third]) await page.evaluate('window.fails = true');
  push('two');
  const late = await tab();
  await gets(late, 'two');
  for (const page of [second, third]) await page.evaluate('window.fails = false');

  const [former] = sides;
  const debug = await context.newCDPSession(leader);
  // This one comes back when another has dealt with a message already.
  const busy = third.evaluate('for (const began = Date.now(); Date.now() < began + 4_000; );');
  debug.send('Page.crash').catch(() => {});
  await until('another connection', () => sides.length === 1 && sides[0] !== former);
  push('soon');
  await until('the ack', () =>
    sides.some(({ frames }) => frames.some(({ ids }) => (ids as string[] | undefined)?.includes('soon'))),
  );
  await busy;
  for (const page of [second, third, late]) await gets(page, 'soon');
  for (const page of [second, third, late]) await isOpen(page);
  await until('frames of all tabs', () => (sides[0]?.frames.length ?? 0) > 0);
  push('one');
  push('three');
  for (const page of [second, third, late]) await gets(page, 'three');
  expect(sides).toHaveLength(1);
  expect((await got(second)).match(/one/g)).toHaveLength(1);
  await until('the ack of the repeat', () =>
    sides.some(({ frames }) => frames.some(({ ids }) => (ids as string[] | undefined)?.includes('one'))),
  );
  for (const page of [second, third, late]) await page.close();
  await until('the end', () => sides.length === 0);
}, 60_000);

test('a tab of another recipient has its own connection, also if its next token shows that', async () => {
  lifeSeconds = 4;
  const [alice, other] = [await tab(), await tab()];
  expect(sides).toHaveLength(1);
  await other.evaluate('window.recipient = "bob"');
  await until('a connection of its own', () => of('bob').length === 1);
  await isOpen(other);
  await until('the connection of the first', () => of('alice').length === 1);
  await isOpen(alice);
  push('secret');
  await gets(alice, 'secret');
  push('for bob', 'bob');
  await gets(other, 'for bob');
  expect([await got(alice), await got(other)]).toEqual(['secret', 'for bob']);
}, 60_000);
