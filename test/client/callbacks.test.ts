import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { TidingsClientOptions } from '../../packages/client/src/index.js';
import { type Connect, queue, startClients, stopClients, type TestNode } from './clients.js';

let node: TestNode;
let connect: Connect;
const unhandled: unknown[] = [];
const note = (error: unknown) => unhandled.push(error);

beforeEach(async () => {
  ({ node, connect } = await startClients());
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});

afterEach(async () => {
  await stopClients();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', note);
  jest.restoreAllMocks();
  expect(unhandled).toEqual([]);
});

/** Ways in which a function of the application goes wrong. */
const FAULTS: Array<[string, () => unknown]> = [
  [
    'throws',
    () => {
      throw new Error('thrown');
    },
  ],
  ['rejects', () => Promise.reject(new Error('rejected'))],
];

test.each(FAULTS)('comes back after connectionUri and onError %s', async (_, fault) => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => {});
  let asked = 0;
  const { received } = connect({
    connectionUri: () => (asked++ < 3 ? (fault() as string) : `${node.url}/?token=a`),
    onError: fault as () => void,
  });
  const side = await node.connection();
  side.push('one');
  expect((await received.next()).id).toBe('one');
  expect(asked).toBe(4);
  expect(told).toHaveBeenCalledTimes(3);
});

test.each(FAULTS)('connects, receives and comes back though onState %s at every change', async (_, fault) => {
  const errors: unknown[] = [];
  const { received } = connect({ onState: fault as () => void, onError: (error) => errors.push(error) });
  const first = await node.connection();
  first.push('one');
  await first.acked(1);
  first.socket.terminate();
  const second = await node.connection();
  second.push('two');
  await second.acked(1);
  expect([(await received.next()).id, (await received.next()).id]).toEqual(['one', 'two']);
  // open, waiting, connecting, open
  expect(errors).toHaveLength(4);
});

test.each(FAULTS)('goes on though onMessage and onError %s', async (_, fault) => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
  connect({
    onMessage: ({ id }) => (id === 'one' ? fault() : null),
    onError: fault as () => void,
    messageRetriesMs: [],
  });
  const side = await node.connection();
  side.push('one');
  side.push('two');
  await expect(side.acked(1)).resolves.toEqual(['two']);
  side.socket.terminate();
  await node.connection();
});

test.each(FAULTS)('follows live topics though onEvent, onStale and onError %s', async (_, fault) => {
  jest.spyOn(console, 'error').mockImplementation(() => {});
  const { client } = connect({ onError: fault as () => void });
  const seen = queue<string>();
  let fetched = 0;
  client.subscribe(
    ['file:1'],
    ({ id }) => {
      seen.push(id);
      return fault();
    },
    { onStale: () => (fetched++ < 2 ? fault() : null) },
  );
  const side = await node.connection();
  const { id } = await side.next();
  side.socket.send(JSON.stringify({ type: 'ok', id }));
  for (const event of ['one', 'two']) side.event(event, 'file:1');
  expect([await seen.next(), await seen.next()]).toEqual(['one', 'two']);
  expect(fetched).toBe(3);
});

test.each<[string, Partial<TidingsClientOptions>]>([
  ['the WebSocket class throws', { WebSocket: class Refusing {} as unknown as NonNullable<TidingsClientOptions['WebSocket']> }],
  ['what it gives is no URI', { connectionUri: () => 'not a URI' }],
  ['what it gives is no text', { connectionUri: () => undefined as unknown as string }],
])('comes back after %s', async (_, wrong) => {
  const errors = queue<unknown>();
  let asked = 0;
  const { connectionUri = () => `${node.url}/?token=a`, WebSocket: Wrong = WebSocket } = wrong;
  const Opens = function opens(...how: [string, string[]]) {
    return asked === 1 ? new Wrong(...how) : new WebSocket(...how);
  } as unknown as NonNullable<TidingsClientOptions['WebSocket']>;
  connect({
    connectionUri: (signal) =>
      asked++ === 0 && typeof connectionUri === 'function' ? connectionUri(signal) : `${node.url}/?token=a`,
    WebSocket: Opens,
    onError: (error) => errors.push(error),
  });
  await node.connection();
  expect(await errors.next()).toBeInstanceOf(Error);
  expect(asked).toBe(2);
});

test('tells the console what nobody asked to be told', async () => {
  const told = jest.spyOn(console, 'error').mockImplementation(() => {});
  const failure = new Error('backend away');
  let asked = 0;
  connect({
    connectionUri: () => {
      if (asked++ === 0) throw failure;
      return `${node.url}/?token=a`;
    },
  });
  await node.connection();
  expect(told).toHaveBeenCalledWith(failure);
});

test('may be stopped by any of its functions', async () => {
  for (const when of ['connecting', 'open', 'waiting'] as const) {
    const stopped = queue<void>();
    const { client } = connect({
      onState: (state) => {
        if (state !== when) return;
        client.stop();
        stopped.push();
      },
    });
    const side = await node.connection();
    if (when !== 'open') side.socket.terminate();
    await stopped.next();
    await side.closed;
    expect(client.state).toBe('stopped');
  }
  const order: string[] = [];
  const { client } = connect({
    onMessage: ({ id }) => {
      order.push(id);
      client.stop();
    },
  });
  const side = await node.connection();
  side.push('one');
  side.push('two');
  await side.closed;
  expect(order).toEqual(['one']);
  expect(node.connections()).toBe(0);
});
