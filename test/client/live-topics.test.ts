import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { LiveEvent } from '../../packages/client/src/index.js';
import { type Connect, FakePage, queue, startClients, stopClients, type TestNode } from './clients.js';
import type { NodeSide } from './node.js';

let node: TestNode;
let connect: Connect;

beforeEach(async () => {
  ({ node, connect } = await startClients());
});

afterEach(stopClients);

const answer = (side: NodeSide, frame: object) => side.socket.send(JSON.stringify(frame));

/** Answers the next command, which must be a subscription. */
async function accept(side: NodeSide, attributes: object = {}): Promise<Record<string, unknown>> {
  const { id, ...command } = await side.next();
  answer(side, { type: 'ok', id, ...attributes });
  return command;
}

test('follows topics on each connection, from the last event on, with all that was asked for', async () => {
  const { client } = connect();
  const events = queue<LiveEvent>();
  const options = { events: ['update'], where: { status: 'open' }, condition: 'data.n > 1.0', fields: ['n'] };
  client.subscribe(['file:1', 'folder:*:7'], (event) => events.push(event), options);
  const first = await node.connection();
  expect(await accept(first)).toEqual({ type: 'subscribe', topics: ['file:1'], ...options });
  expect(await accept(first)).toEqual({ type: 'subscribe', topics: ['folder:*:7'], ...options });
  first.event('one', 'file:1:page:3');
  first.event('two', 'other:1');
  first.event('three', 'folder:a:7');
  first.event('four', 'file:1');
  for (const id of ['one', 'three', 'four']) expect((await events.next()).id).toBe(id);
  first.socket.terminate();
  const second = await node.connection();
  expect(await accept(second, { recovered: true })).toEqual({
    type: 'subscribe',
    topics: ['file:1'],
    ...options,
    after: 'four',
  });
  expect(await accept(second, { recovered: true })).toMatchObject({ topics: ['folder:*:7'], after: 'three' });
});

test('has the state fetched once everything is followed, and hands out what comes meanwhile behind it', async () => {
  const { client } = connect();
  const log: string[] = [];
  const fetching = queue<() => void>();
  const handled = queue<string>();
  client.subscribe(
    ['a', 'b'],
    ({ id }) => {
      log.push(id);
      handled.push(id);
    },
    {
      onStale: async () => {
        log.push('asked');
        await new Promise<void>((resolve) => fetching.push(resolve));
        log.push('state');
      },
    },
  );
  const side = await node.connection();
  await accept(side);
  side.event('before', 'a');
  expect(await handled.next()).toBe('before');
  await accept(side);
  const arrived = await fetching.next();
  side.event('one', 'a');
  side.event('two', 'b');
  side.push('a message');
  await side.acked(1);
  arrived();
  expect([await handled.next(), await handled.next()]).toEqual(['one', 'two']);
  expect(log).toEqual(['before', 'asked', 'state', 'one', 'two']);
});

test('fetches a state that could not be had again on a new connection, at once', async () => {
  const page = new FakePage();
  const { client, reach } = connect({ page, retryMs: [3_600_000, 3_600_000], onError: () => {} });
  const fetched = queue<void>();
  client.subscribe(['a'], () => {}, {
    onStale: () => {
      fetched.push();
      throw new Error('away');
    },
  });
  const first = await node.connection();
  await accept(first);
  await fetched.next();
  first.socket.terminate();
  await reach('waiting');
  page.tell('online');
  await accept(await node.connection());
  await fetched.next();
});

test('fetches the state again until it is there', async () => {
  const { client } = connect({ retryMs: [1, 5], connectTimeoutMs: 20, onError: () => {} });
  let tries = 0;
  const fetched = queue<number>();
  client.subscribe(['a'], () => {}, {
    onStale: () => {
      fetched.push(++tries);
      if (tries === 1) throw new Error('away');
      return tries === 2 ? new Promise(() => {}) : undefined;
    },
  });
  await accept(await node.connection());
  for (const number of [1, 2, 3]) expect(await fetched.next()).toBe(number);
});

test('fetches the state anew after a loss: what waits is older, and is not shown behind it', async () => {
  const { client } = connect();
  const log = queue<string>();
  const busy = queue<() => void>();
  client.subscribe(
    ['file'],
    ({ id }) => {
      log.push(id);
      return id === 'one' ? new Promise<void>((resolve) => busy.push(resolve)) : undefined;
    },
    { onStale: () => log.push('state') },
  );
  const first = await node.connection();
  await accept(first);
  expect(await log.next()).toBe('state');
  first.event('one', 'file');
  first.event('two', 'file');
  const goOn = await busy.next();
  first.push('a message');
  await first.acked(1);
  first.socket.terminate();
  const second = await node.connection();
  expect(await accept(second, { recovered: false })).toMatchObject({ after: 'two' });
  second.event('three', 'file');
  second.push('another message');
  await second.acked(1);
  goOn();
  for (const what of ['one', 'state', 'three']) expect(await log.next()).toBe(what);
  expect(log.size()).toBe(0);
  answer(second, { type: 'gap', topics: ['elsewhere'] });
  answer(second, { type: 'gap', topics: ['file'] });
  expect(await log.next()).toBe('state');
});

test('fetches no state where it was told what the page has, and nothing is missing', async () => {
  const { client } = connect();
  const log = queue<string>();
  client.subscribe(['file'], ({ id }) => log.push(id), { after: 'zero', onStale: () => log.push('state') });
  const side = await node.connection();
  expect(await accept(side, { recovered: true })).toMatchObject({ after: 'zero' });
  side.event('one', 'file');
  expect(await log.next()).toBe('one');
});

test('keeps a bounded number of events for a page that is busy, then has it fetch the state', async () => {
  const errors: unknown[] = [];
  const { client } = connect({ onError: (error) => errors.push(error) });
  const log: string[] = [];
  const busy = queue<() => void>();
  const fetched = queue<number>();
  client.subscribe(
    ['file'],
    ({ id }) => {
      log.push(id);
      return id === '0' ? new Promise<void>((resolve) => busy.push(resolve)) : undefined;
    },
    { onStale: () => fetched.push(log.length) },
  );
  const side = await node.connection();
  await accept(side);
  await fetched.next();
  for (let n = 0; n <= 1001; n++) side.event(`${n}`, 'file');
  side.push('a message');
  await side.acked(1);
  (await busy.next())();
  expect(await fetched.next()).toBe(1);
  expect(errors).toEqual([new Error('events were dropped')]);
});

test('tells of a refusal, tries again what may pass, and asks anew for all of it on the next connection', async () => {
  const errors = queue<unknown>();
  const { client } = connect({ onError: (error) => errors.push(error) });
  client.subscribe(['file'], () => {});
  const first = await node.connection();
  answer(first, { type: 'error', id: (await first.next()).id, code: 'SERVICE_UNAVAILABLE', message: 'away' });
  expect(await errors.next()).toEqual(Object.assign(new Error('file: away'), { code: 'SERVICE_UNAVAILABLE' }));
  answer(first, { type: 'error', id: (await first.next()).id, code: 'FORBIDDEN', message: 'not granted' });
  expect(await errors.next()).toMatchObject({ message: 'file: not granted', code: 'FORBIDDEN' });
  first.socket.terminate();
  expect(await accept(await node.connection())).toMatchObject({ topics: ['file'] });
});

test('ends a subscription, but not that of somebody else to the same topic', async () => {
  const { client } = connect();
  const one = queue<string>();
  const other = queue<string>();
  const end = client.subscribe(['a', 'b'], ({ id }) => one.push(id));
  client.subscribe(['a'], ({ id }) => other.push(id));
  const side = await node.connection();
  for (let i = 0; i < 3; i++) await accept(side);
  end();
  end();
  expect(await side.next()).toMatchObject({ type: 'unsubscribe', topics: ['b'] });
  side.event('one', 'a');
  expect(await other.next()).toBe('one');
  expect(one.size()).toBe(0);
});
