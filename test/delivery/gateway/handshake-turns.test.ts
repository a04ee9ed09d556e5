import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from '@jest/globals';
import { Gateway } from '../../../src/delivery/gateway/gateway.js';
import { systemTimers } from '../../../src/lib/time/timers.js';

const HEAD = [
  'GET /ws HTTP/1.1',
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  '\r\n',
].join('\r\n');

const cleanUps: Array<() => unknown> = [];
afterEach(async () => {
  for (const run of cleanUps.splice(0).reverse()) await run();
});

/**
 * Starts a gateway whose handshakes take so many milliseconds each and are refused; tells what came in which turn,
 * and why it was refused.
 */
async function start(handshakeMs: number) {
  const begun: Array<{ address: string; turn: number; reason: string }> = [];
  let clock = 0;
  let turn = 0;
  let isOver = false;
  const count = () => {
    turn++;
    if (!isOver) setImmediate(count);
  };
  count();
  const gateway = new Gateway({
    config: { host: '127.0.0.1', port: 0, publicPath: '', trustProxy: ['127.0.0.1/32'], maxConnections: 1_000 },
    routes: [
      {
        matches: () => {
          clock += handshakeMs;
          return false;
        },
      },
    ],
    admin: async () => null,
    metrics: { idleSocketsClosed: { inc: () => {} }, handshakesRefused: { 503: { inc: () => {} } } },
    timers: { ...systemTimers, now: () => clock },
    debug: {
      enabled: true,
      line: (_: string, { address, reason }: { address: string; reason: string }) => begun.push({ address, turn, reason }),
    },
  } as unknown as ConstructorParameters<typeof Gateway>[0]);
  const { port } = await gateway.listen();
  cleanUps.push(() => gateway.close());
  cleanUps.push(() => {
    isOver = true;
  });
  /** Opens connections that say nothing, and waits until the gateway has accepted them. */
  const open = async (count: number, localAddress: string): Promise<Socket[]> => {
    const sockets = await Promise.all(Array.from({ length: count }, () => openOne(localAddress)));
    // Node accepts one in each turn of the event loop.
    for (let n = 0; n < 2 * count + 100; n++) await nextTurn();
    return sockets;
  };
  const openOne = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return { begun, open };
}

/** Begins the handshakes of all sockets at once, and waits until they are refused. */
async function refused(sockets: readonly Socket[]): Promise<void> {
  const answers = sockets.map((socket) => once(socket.resume(), 'close'));
  for (const socket of sockets) socket.write(HEAD);
  await Promise.all(answers);
}

test('handshakes that come at once begin in several turns of the event loop, and addresses take turns', async () => {
  const { begun, open } = await start(1);
  await refused([...(await open(100, '127.0.0.2')), ...(await open(1, '127.0.0.3'))]);

  expect(begun).toHaveLength(101);
  expect(new Set(begun.map(({ turn }) => turn)).size).toBeGreaterThan(5);
  expect(begun.findIndex(({ address }) => address === '127.0.0.3')).toBeLessThan(50);
});

test('a handshake that has waited for its turn for long is told to come back later, and nobody else', async () => {
  const { begun, open } = await start(20);
  await refused([...(await open(100, '127.0.0.2')), ...(await open(1, '127.0.0.3'))]);

  const reasons = begun.filter(({ address }) => address === '127.0.0.2').map(({ reason }) => reason);
  expect(reasons.slice(0, 40)).toEqual(Array(40).fill('not-found'));
  expect(reasons.slice(60)).toEqual(Array(40).fill('busy'));
  expect(begun.find(({ address }) => address === '127.0.0.3')?.reason).toBe('not-found');
});
