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

/** Starts a gateway whose handshakes take a millisecond each and are refused; tells what came in which turn. */
async function start() {
  const begun: Array<{ address: string; turn: number }> = [];
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
          const until = performance.now() + 1;
          while (performance.now() < until);
          return false;
        },
      },
    ],
    admin: async () => null,
    metrics: { idleSocketsClosed: { inc: () => {} } },
    timers: systemTimers,
    debug: { enabled: true, line: (_: string, { address }: { address: string }) => begun.push({ address, turn }) },
  } as unknown as ConstructorParameters<typeof Gateway>[0]);
  const { port } = await gateway.listen();
  cleanUps.push(() => gateway.close());
  cleanUps.push(() => {
    isOver = true;
  });
  const open = async (localAddress: string): Promise<Socket> => {
    const socket = connect({ port, host: '127.0.0.1', localAddress });
    cleanUps.push(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    return socket;
  };
  return { begun, open };
}

test('handshakes that come at once begin in several turns of the event loop, and addresses take turns', async () => {
  const { begun, open } = await start();
  const many = await Promise.all(Array.from({ length: 100 }, () => open('127.0.0.2')));
  const other = await open('127.0.0.3');
  // Node accepts one in each turn of the event loop.
  for (let n = 0; n < 300; n++) await nextTurn();
  const answers = [...many, other].map((socket) => once(socket.resume(), 'close'));
  for (const socket of [...many, other]) socket.write(HEAD);
  await Promise.all(answers);

  expect(begun).toHaveLength(101);
  expect(new Set(begun.map(({ turn }) => turn)).size).toBeGreaterThan(5);
  expect(begun.findIndex(({ address }) => address === '127.0.0.3')).toBeLessThan(50);
});
