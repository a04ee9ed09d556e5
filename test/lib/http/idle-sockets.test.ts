import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { IdleSockets } from '../../../src/lib/http/idle-sockets.js';

const cleanUps: Array<() => void> = [];
afterEach(() => {
  for (const run of cleanUps.splice(0)) run();
});

const LIMITS = { most: 100, mostOfCaller: 100 };

async function start(limits: Partial<typeof LIMITS>, callerOf: (address: string) => string | null = (address) => address) {
  let time = 0;
  let closed = 0;
  const idle = new IdleSockets({ limits: { ...LIMITS, ...limits }, callerOf, now: () => time, onClosed: () => closed++ });
  const waiting: Array<() => void> = [];
  const server: Server = createServer((request, response) => {
    if (request.url === '/slow') waiting.push(() => response.end('done'));
    else response.end('done');
  });
  idle.watch(server);
  server.on('upgrade', (request, tcp) => {
    idle.release(request.socket);
    tcp.write('HTTP/1.1 101 Switching Protocols\r\n\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  cleanUps.push(() => {
    server.close();
    server.closeAllConnections();
  });
  /** Opens a connection and waits until the server has it. */
  const open = async (): Promise<Socket> => {
    const [, tcp] = await Promise.all([once(server, 'connection'), Promise.resolve(connect(port, '127.0.0.1'))]);
    tcp.on('error', () => {});
    cleanUps.push(() => tcp.destroy());
    return tcp;
  };
  /** Asks for a path and answers what came. */
  const ask = async (tcp: Socket, path: string): Promise<string> => {
    tcp.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [answer] = await once(tcp, 'data');
    return String(answer);
  };
  const isClosed = async (tcp: Socket) => {
    if (!tcp.closed) await once(tcp.resume(), 'close');
    return true;
  };
  return {
    idle,
    open,
    ask,
    isClosed,
    waiting,
    closed: () => closed,
    advance: (ms: number) => {
      time += ms;
    },
  };
}

/** Waits until it holds, looking in each turn of the event loop. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

test('beyond the bound of all, the socket that has waited longest is closed', async () => {
  const { open, ask, isClosed, closed } = await start({ most: 2 });
  const first = await open();
  const second = await open();
  const third = await open();
  expect(await isClosed(first)).toBe(true);
  expect(closed()).toBe(1);
  expect(await ask(second, '/')).toContain('200 OK');
  expect(await ask(third, '/')).toContain('200 OK');
});

test('beyond the bound of a caller, one that has waited for 3 s is closed', async () => {
  const { open, isClosed, advance, closed, ask } = await start({ mostOfCaller: 2 });
  const first = await open();
  const second = await open();
  advance(2_999);
  await open();
  expect(closed()).toBe(0);
  advance(1);
  await open();
  expect(await isClosed(first)).toBe(true);
  expect(await isClosed(second)).toBe(true);
  expect(closed()).toBe(2);
  const last = await open();
  expect(await ask(last, '/')).toContain('200 OK');
});

test('callers are counted apart, and a proxy is none', async () => {
  const callers = ['a', 'b', null, null];
  const { open, advance, closed, isClosed } = await start({ mostOfCaller: 1 }, () => callers.shift() ?? null);
  const first = await open();
  advance(3_000);
  await open();
  await open();
  await open();
  expect(closed()).toBe(0);
  callers.push('a');
  await open();
  expect(await isClosed(first)).toBe(true);
  expect(closed()).toBe(1);
});

test('a request that is under way is none of them; its connection waits again once it was answered', async () => {
  const { idle, open, ask, waiting, isClosed, advance } = await start({ mostOfCaller: 1 });
  const busy = await open();
  const answer = ask(busy, '/slow');
  await until(() => waiting.length === 1);
  expect(idle.size).toBe(0);
  await open();
  advance(3_000);
  waiting[0]?.();
  expect(await answer).toContain('done');
  await until(() => idle.size === 1 || idle.size === 2);
  advance(3_000);
  await open();
  expect(await isClosed(busy)).toBe(true);
});

test('a socket that is no longer one of HTTP, or gone, is none of them', async () => {
  const { idle, open } = await start({});
  const upgraded = await open();
  upgraded.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
  await once(upgraded, 'data');
  const gone = await open();
  expect(idle.size).toBe(1);
  gone.destroy();
  await until(() => idle.size === 0);
});
