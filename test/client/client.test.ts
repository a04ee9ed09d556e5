import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TidingsClient } from '../../packages/client/src/index.js';
import { type Connect, FakePage, queue, restartNode, startClients, stopClients, type TestNode } from './clients.js';

let node: TestNode;
let connect: Connect;

beforeEach(async () => {
  ({ node, connect } = await startClients());
});

afterEach(stopClients);

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

test('does not acknowledge what the handler refused, goes on, and tries it again on the same connection', async () => {
  const errors: unknown[] = [];
  let refusals = 3;
  connect({
    onMessage: ({ id }) => {
      if (id === 'one' && refusals-- > 0) throw new Error('not now');
    },
    onError: (error) => errors.push(error),
    messageRetriesMs: [1, 2, 3],
  });
  const side = await node.connection();
  side.push('one');
  side.push('two');
  await expect(side.acked(2)).resolves.toEqual(['two', 'one']);
  expect(errors).toEqual([new Error('not now'), new Error('not now'), new Error('not now')]);
  expect(node.urls).toHaveLength(1);
});

test('leaves a message that was refused too often, or whose connection ended, until it is repeated', async () => {
  let refuse = true;
  const refused = queue<string>();
  connect({
    onMessage: ({ id }) => {
      if (!refuse) return;
      refused.push(id);
      throw new Error('not now');
    },
    onError: () => {},
    messageRetriesMs: [1, 3_600_000],
  });
  const first = await node.connection();
  first.push('one');
  // The third try would come in an hour.
  for (let i = 0; i < 2; i++) await refused.next();
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

test('says why a connection ended, in words and by the code', async () => {
  const ends: unknown[] = [];
  connect({ onState: (...end) => ends.push(end) });
  (await node.connection()).socket.close(4408, 'no pong');
  await node.connection();
  expect(ends).toContainEqual(['waiting', 'closed with 4408: no pong', 4408]);
});

test('stops for good when the recipient was revoked, unless told otherwise', async () => {
  const { client, reach, reasons } = connect();
  (await node.connection()).socket.close(4403, 'revoked');
  await reach('stopped');
  expect([client.state, reasons]).toEqual(['stopped', ['closed with 4403: revoked']]);
  connect({ stopWhenRevoked: false });
  (await node.connection()).socket.close(4403, 'revoked');
  await node.connection();
});

test('stops when its signal is aborted, and does not begin after that', async () => {
  const controller = new AbortController();
  const { client } = connect({ signal: controller.signal });
  const side = await node.connection();
  controller.abort();
  await side.closed;
  expect(client.state).toBe('stopped');
  expect(connect({ signal: controller.signal }).client.state).toBe('stopped');
});

test('is open only when the node has sent something: a refused token is closed before that', async () => {
  node = await restartNode({ pongs: false });
  const { client, reach } = connect({ pingIntervalMs: 60_000, pongTimeoutMs: 60_000 });
  const refused = await node.connection();
  expect(client.state).toBe('connecting');
  refused.socket.close(4401);
  await reach('waiting');
  const accepted = await node.connection();
  accepted.socket.send('{"type":"something new"}');
  await reach('open');
});

test('waits a random part of a time that doubles with every failure in a row, up to 30 s', async () => {
  const times: number[] = [];
  const { setTimeout: real } = globalThis;
  const { random } = Math;
  const fires = queue<() => void>();
  globalThis.setTimeout = ((callback: () => void, ms: number) => {
    // The others are deadlines of requests that fail at once.
    if (ms === 15_000) return real(() => {}, 0);
    times.push(ms);
    fires.push(callback);
    return real(() => {}, 0);
  }) as typeof setTimeout;
  Math.random = () => 0.25;
  try {
    connect({ connectionUri: () => Promise.reject(new Error('away')), onError: () => {}, retryMs: undefined });
    for (let i = 0; i < 7; i++) (await fires.next())();
    await fires.next();
  } finally {
    globalThis.setTimeout = real;
    Math.random = random;
  }
  expect(times).toEqual([250, 500, 1000, 2000, 4000, 7500, 7500, 7500]);
});

test('leaves a connection that shows no sign of life, for another', async () => {
  node = await restartNode({ pongs: false });
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
  const page = new FakePage();
  const { client, received } = connect({ page });
  const first = await node.connection();
  first.push('one');
  await received.next();
  page.tell('pagehide');
  await expect(first.closed).resolves.toBe(1000);
  expect(client.state).toBe('hidden');
  // Some browsers tell of this only after the page was left.
  page.tell('visibilitychange');
  expect(client.state).toBe('hidden');
  page.tell('pageshow');
  const second = await node.connection();
  second.push('one');
  second.push('two');
  await second.acked(2);
  expect((await received.next()).id).toBe('two');
  client.stop();
  expect(page.listeners).toBe(0);
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
    expect(() => new TidingsClient({ connectionUri: () => '', onMessage: () => {} })).toThrow('no WebSocket');
  } finally {
    if (global) Object.assign(globalThis, { WebSocket: global });
  }
});
