import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { WebSocket } from 'ws';
import type { ClientState, PageEvents, ReceivedMessage, TidingsClientOptions } from '../../src/client/index.js';
import { TidingsClient } from '../../src/client/index.js';
import { startNode } from './node.js';

type Node = Awaited<ReturnType<typeof startNode>>;

let node: Node;
let clients: TidingsClient[];

beforeEach(async () => {
  node = await startNode();
  clients = [];
});

afterEach(async () => {
  for (const client of clients) client.stop();
  await node.stop();
});

/** Queues items, and lets a test wait for the next. */
function queue<T>() {
  const items: T[] = [];
  const readers: Array<(item: T) => void> = [];
  return {
    push(item: T): void {
      const reader = readers.shift();
      if (reader) reader(item);
      else items.push(item);
    },
    next: (): Promise<T> =>
      items.length > 0 ? Promise.resolve(items.shift() as T) : new Promise((resolve) => readers.push(resolve)),
    size: () => items.length,
  };
}

function connect(options: Partial<TidingsClientOptions> = {}) {
  const received = queue<ReceivedMessage>();
  const states = queue<ClientState>();
  const reasons: string[] = [];
  const client = new TidingsClient({
    connectionUri: () => `${node.url}/?token=a`,
    onMessage: (message) => received.push(message),
    onState: (state, reason) => {
      states.push(state);
      if (reason) reasons.push(reason);
    },
    WebSocket,
    retryMs: [1, 5],
    ...options,
  });
  clients.push(client);
  const reach = async (wanted: ClientState) => {
    while ((await states.next()) !== wanted);
  };
  return { client, received, reach, reasons };
}

test('acknowledges a message once the handler has dealt with it, not before', async () => {
  const dealt = queue<() => void>();
  connect({ onMessage: () => new Promise<void>((resolve) => dealt.push(resolve)) });
  const side = await node.connection();
  side.push('one');
  const finish = await dealt.next();
  side.socket.ping();
  await new Promise((resolve) => side.socket.once('pong', resolve));
  const ack = side.next();
  await expect(Promise.race([ack, Promise.resolve('nothing yet')])).resolves.toBe('nothing yet');
  finish();
  await expect(ack).resolves.toEqual({ type: 'ack', ids: ['one'] });
});

test('hands out texts and their attributes as they came, and offers tidings.v1', async () => {
  const { received } = connect();
  const side = await node.connection();
  expect(side.socket.protocol).toBe('tidings.v1');
  side.push('one', 'Grüße 👋\n');
  await expect(received.next()).resolves.toEqual({
    id: 'one',
    message: 'Grüße 👋\n',
    topic: null,
    createdAt: '1970-01-01T00:00:00.000Z',
    expiresAt: null,
    globalMessageId: null,
  });
});

test('handles messages one after the other, in the order in which they came', async () => {
  let running = 0;
  const order: string[] = [];
  connect({
    onMessage: async ({ id }) => {
      expect(++running).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(id);
      running--;
    },
  });
  const side = await node.connection();
  const ids = Array.from({ length: 20 }, (_, i) => `m${i}`);
  for (const id of ids) side.push(id);
  await expect(side.acked(20)).resolves.toEqual(ids);
  expect(order).toEqual(ids);
});

test('shares a frame between acknowledgements that come together', async () => {
  connect();
  const side = await node.connection();
  side.push('one');
  side.push('two');
  side.push('three');
  await expect(side.next()).resolves.toEqual({ type: 'ack', ids: ['one', 'two', 'three'] });
});

test('drops a repeat on the next connection, and acknowledges it there', async () => {
  const { received } = connect();
  const first = await node.connection();
  first.push('one');
  await first.acked(1);
  first.socket.terminate();
  const second = await node.connection();
  second.push('one');
  second.push('two');
  await expect(second.acked(2)).resolves.toEqual(['one', 'two']);
  expect((await received.next()).id).toBe('one');
  expect((await received.next()).id).toBe('two');
  expect(received.size()).toBe(0);
});

test('acknowledges on the new connection what was still being handled when the old one broke', async () => {
  const dealt = queue<() => void>();
  connect({ onMessage: () => new Promise<void>((resolve) => dealt.push(resolve)) });
  const first = await node.connection();
  first.push('one');
  const finish = await dealt.next();
  first.socket.terminate();
  const second = await node.connection();
  second.push('one');
  second.socket.ping();
  await new Promise((resolve) => second.socket.once('pong', resolve));
  finish();
  await expect(second.acked(1)).resolves.toEqual(['one']);
  expect(dealt.size()).toBe(0);
});

test('does not acknowledge what the handler refused, goes on, and tries again when it is repeated', async () => {
  const errors: unknown[] = [];
  let refuse = true;
  connect({
    onMessage: ({ id }) => {
      if (id === 'one' && refuse) throw new Error('not now');
    },
    onError: (error) => errors.push(error),
  });
  const first = await node.connection();
  first.push('one');
  first.push('two');
  await expect(first.acked(1)).resolves.toEqual(['two']);
  expect(errors).toEqual([new Error('not now')]);
  refuse = false;
  first.socket.terminate();
  const second = await node.connection();
  second.push('one');
  await expect(second.acked(1)).resolves.toEqual(['one']);
});

test('remembers a bounded number of ids', async () => {
  const { received } = connect({ rememberIds: 2 });
  const side = await node.connection();
  for (const id of ['one', 'two', 'three', 'three', 'one']) side.push(id);
  await side.acked(5);
  const ids = [];
  while (received.size() > 0) ids.push((await received.next()).id);
  expect(ids).toEqual(['one', 'two', 'three', 'one']);
});

test('asks for a fresh connectionUri before every connection, and again after it could not be had', async () => {
  const errors: unknown[] = [];
  let asked = 0;
  connect({
    connectionUri: async () => {
      asked++;
      if (asked === 2) throw new Error('backend away');
      return `${node.url}/?token=${asked}`;
    },
    onError: (error) => errors.push(error),
  });
  (await node.connection()).socket.terminate();
  await node.connection();
  expect(node.urls).toEqual(['/?token=1', '/?token=3']);
  expect(errors).toEqual([new Error('backend away')]);
});

test('says why a connection ended', async () => {
  const { reach, reasons } = connect();
  (await node.connection()).socket.close(4403, 'revoked');
  await reach('waiting');
  expect(reasons).toEqual(['closed with 4403: revoked']);
});

test('is open only when the node has sent something: a refused token is closed before that', async () => {
  await node.stop();
  node = await startNode({ pongs: false });
  const { client, reach } = connect({ pingIntervalMs: 60_000, pongTimeoutMs: 60_000 });
  const refused = await node.connection();
  expect(client.state).toBe('connecting');
  refused.socket.close(4401);
  await reach('waiting');
  const accepted = await node.connection();
  accepted.socket.send('{"type":"something new"}');
  await reach('open');
});

test('waits longer with every failure in a row, and up to a minute', async () => {
  const times: number[] = [];
  const { setTimeout: real } = globalThis;
  const fires = queue<() => void>();
  globalThis.setTimeout = ((callback: () => void, ms: number) => {
    times.push(ms);
    fires.push(callback);
    return real(() => {}, 0);
  }) as typeof setTimeout;
  try {
    connect({ connectionUri: () => Promise.reject(new Error('away')), retryMs: [1000, 1000] });
    for (let i = 0; i < 8; i++) (await fires.next())();
    await fires.next();
  } finally {
    globalThis.setTimeout = real;
  }
  expect(times).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
});

test('leaves a connection that shows no sign of life, for another', async () => {
  await node.stop();
  node = await startNode({ pongs: false });
  const { reasons, reach } = connect({ pongTimeoutMs: 20 });
  await node.connection();
  await reach('waiting');
  await node.connection();
  expect(reasons[0]).toBe('no sign of life');
});

test('keeps a silent connection whose node answers pings', async () => {
  // The connection must be open within this time, too, on a busy machine as well.
  const { client, reach, received } = connect({ pingIntervalMs: 500, pongTimeoutMs: 10_000 });
  const side = await node.connection();
  await reach('open');
  let pings = 0;
  await new Promise<void>((resolve) => {
    side.socket.on('message', () => {
      if (++pings === 3) resolve();
    });
  });
  side.push('one');
  await received.next();
  expect(client.state).toBe('open');
  expect(node.urls).toHaveLength(1);
});

test('ignores frames that it does not understand', async () => {
  const { received } = connect();
  const side = await node.connection();
  for (const frame of [
    'null',
    '7',
    'not JSON',
    '{"type":"event"}',
    '{"type":"message"}',
    '{"type":"message","id":3,"message":"x"}',
  ])
    side.socket.send(frame);
  side.socket.send(Buffer.from([1, 2, 3]));
  side.push('one');
  expect((await received.next()).id).toBe('one');
});

test('closes with the page and comes back with it out of the back/forward cache', async () => {
  const listeners = new Map<string, (event: { persisted: boolean }) => void>();
  const page: PageEvents = {
    addEventListener: (type, listener) => void listeners.set(type, listener),
    removeEventListener: (type) => void listeners.delete(type),
  };
  const { client, received } = connect({ page });
  const first = await node.connection();
  first.push('one');
  await received.next();
  listeners.get('pagehide')?.({ persisted: true });
  await expect(first.closed).resolves.toBe(1000);
  expect(client.state).toBe('hidden');
  listeners.get('pageshow')?.({ persisted: false });
  expect(client.state).toBe('hidden');
  listeners.get('pageshow')?.({ persisted: true });
  const second = await node.connection();
  second.push('one');
  second.push('two');
  await second.acked(2);
  expect((await received.next()).id).toBe('two');
  client.stop();
  expect(listeners.size).toBe(0);
});

test('sends what was acknowledged, then closes and stays away, when it is stopped', async () => {
  const { client, received } = connect();
  const side = await node.connection();
  side.push('one');
  await received.next();
  await new Promise((resolve) => setImmediate(resolve));
  client.stop();
  await expect(side.next()).resolves.toEqual({ type: 'ack', ids: ['one'] });
  await expect(side.closed).resolves.toBe(1000);
  expect(client.state).toBe('stopped');
});

test('opens nothing when it is stopped while it asks for a connectionUri', async () => {
  const asked = queue<(uri: string) => void>();
  const { client } = connect({ connectionUri: () => new Promise<string>((resolve) => asked.push(resolve)) });
  const answer = await asked.next();
  client.stop();
  answer(`${node.url}/?token=a`);
  const other = connect({ connectionUri: () => `${node.url}/?token=b` });
  await node.connection();
  expect(node.urls).toEqual(['/?token=b']);
  other.client.stop();
});

test('says so where there is no WebSocket', () => {
  const { WebSocket: global } = globalThis as { WebSocket?: unknown };
  Reflect.deleteProperty(globalThis, 'WebSocket');
  try {
    expect(() => new TidingsClient({ connectionUri: () => '', onMessage: () => {} })).toThrow('no global WebSocket');
  } finally {
    if (global) Object.assign(globalThis, { WebSocket: global });
  }
});
