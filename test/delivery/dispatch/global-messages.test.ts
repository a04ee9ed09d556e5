import { afterEach, describe, expect, test } from '@jest/globals';
import { globalRowId } from '../../../src/core/domain/message-ids.js';
import { cleanUp, gate, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };
const later = () => Date.now() + 3_600_000;

describe('a global message', () => {
  test('goes to every connection of the tenant, and to no other tenant', async () => {
    const { connect, pushGlobal, push } = await startNode();
    const alice = await connect();
    const tab = await connect();
    const bob = await connect({ recipient: 'bob' });
    const stranger = await connect({ tenantId: '0198c1a2-0000-7000-8000-000000000002' });
    await pushGlobal('to all');
    for (const client of [alice, tab, bob]) expect(await client.received(1)).toEqual(['to all']);
    await push('marker', {}, 'bob');
    await bob.received(2);
    expect(stranger.texts).toEqual([]);
  });

  test('with a topic goes only to connections with that topic', async () => {
    const { connect, pushGlobal } = await startNode();
    const news = await connect({ topic: 'news' });
    const plain = await connect({ recipient: 'bob' });
    await pushGlobal('news', { topic: 'news' });
    await pushGlobal('for all');
    expect(await news.received(2)).toEqual(['news', 'for all']);
    expect(await plain.received(1)).toEqual(['for all']);
  });

  test('has the same id in everybody’s frame, and one row for each recipient, with its receipt', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const alice = await connect({}, V1);
    await connect({});
    const bob = await connect({ recipient: 'bob' }, V1);
    const message = await pushGlobal('to all');
    for (const client of [alice, bob]) {
      expect(await client.json(1)).toMatchObject([{ id: message.id, globalMessageId: message.id }]);
    }
    bob.say({ type: 'ack', ids: [message.id] });
    await until(() => store.row(message, 'alice')?.receipt === 'PONG' && store.row(message, 'bob')?.receipt === 'ACK');
    expect(store.rows.size).toBe(2);
  });

  test('comes in order and once with others of a burst, to whom its topic concerns, with a row each', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const news = await connect({ topic: 'news' });
    const tab = await connect({ topic: 'news' });
    const bob = await connect({ recipient: 'bob' });
    const sent = await Promise.all(
      Array.from({ length: 60 }, (_, i) => pushGlobal(`${i}`, { topic: i % 3 === 0 ? 'news' : null, expiresAt: later() })),
    );
    const forAll = sent.filter(({ topic }) => topic === null);
    for (const client of [news, tab]) expect(await client.received(60)).toEqual(sent.map(({ message }) => message));
    expect(await bob.received(40)).toEqual(forAll.map(({ message }) => message));
    await until(() => sent.every((message) => store.row(message, 'alice')?.receipt === 'PONG'));
    await until(() => forAll.every((message) => store.row(message, 'bob')?.receipt === 'PONG'));
    expect(store.rows.size).toBe(100);
    expect([news.texts.length, tab.texts.length, bob.texts.length]).toEqual([60, 60, 40]);
  });

  test('of a burst is not sent again on its connection while its receipt is out, nor when its row still looks pending after it', async () => {
    const { connect, push, pushGlobal, store, tell } = await startNode();
    const client = await connect({}, { pongs: false });
    const burst = await Promise.all(Array.from({ length: 10 }, (_, i) => pushGlobal(`${i}`, { expiresAt: later() })));
    await client.received(10);
    await until(() => burst.every((message) => store.row(message, 'alice')?.status === 'PENDING'));
    await tell('alice', { type: 'pending' });
    await push('looked', {});
    expect((await client.received(11))[10]).toBe('looked');
    const writing = gate();
    store.before.recordGlobals = () => writing.opened;
    client.pongs = true;
    for (const ping of client.pings.slice(-1)) client.pong(ping);
    await until(() => store.calls.filter((call) => call === 'recordGlobals').length >= 2);
    await tell('alice', { type: 'pending' });
    await push('looked again', {});
    expect((await client.received(12))[11]).toBe('looked again');
    const other = await connect();
    await push('marker', {});
    expect(await other.received(1)).toEqual(['marker']);
    writing.open();
    await until(() => burst.every((message) => store.row(message, 'alice')?.status === 'DELIVERED'));
    expect(client.texts.length).toBe(13);
  });

  test.each([
    ['at once', [[0, 1, 2, 3, 4, 5]]],
    ['one by one', [[3], [0], [5], [1], [4], [2]]],
    ['in parts', [[1, 4], [0], [2, 3, 5]]],
  ])('of a burst that is acknowledged %s is delivered as its ack comes, each once', async (_, acks) => {
    const { connect, push, pushGlobal, store, tell } = await startNode();
    const client = await connect({}, V1);
    const burst = await Promise.all(Array.from({ length: 6 }, (_, i) => pushGlobal(`${i}`)));
    await client.received(6);
    const open = new Set(burst);
    for (const places of acks) {
      const acked = places.map((place) => burst[place] as (typeof burst)[number]);
      client.say({ type: 'ack', ids: acked.map(({ id }) => id) });
      for (const message of acked) open.delete(message);
      await until(() => acked.every((message) => store.row(message, 'alice')?.receipt === 'ACK'));
      await until(() => [...open].every((message) => store.row(message, 'alice')?.status === 'PENDING'));
      await tell('alice', { type: 'pending' });
    }
    await push('looked');
    expect((await client.json(7)).map(({ message }) => message)).toEqual(['0', '1', '2', '3', '4', '5', 'looked']);
    expect(store.rows.size).toBe(7);
  });

  test('of a burst that is acknowledged in part, the rest goes to another connection when the first ends', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const first = await connect({}, V1);
    const burst = await Promise.all(Array.from({ length: 5 }, (_, i) => pushGlobal(`${i}`)));
    await first.received(5);
    const acked = burst.slice(1, 3);
    first.say({ type: 'ack', ids: acked.map(({ id }) => id) });
    await until(() => acked.every((message) => store.row(message, 'alice')?.receipt === 'ACK'));
    first.cut();
    const next = await connect({}, V1);
    expect((await next.json(3)).map(({ message }) => message).sort()).toEqual(['0', '3', '4']);
  });

  test('of a burst that has no room goes when there is, each once', async () => {
    const { connect, pushGlobal, store } = await startNode({ maxUnconfirmedMessages: 4 });
    const client = await connect();
    const burst = await Promise.all(Array.from({ length: 30 }, (_, i) => pushGlobal(`${i}`)));
    await until(() => burst.every((message) => store.row(message, 'alice')?.status === 'DELIVERED'));
    expect([...client.texts].sort((a, b) => Number(a) - Number(b))).toEqual(burst.map(({ message }) => message));
  });

  test('of a burst goes on to another connection when the first ends without a receipt', async () => {
    const { connect, pushGlobal } = await startNode();
    const deaf = await connect({}, { pongs: false });
    const burst = await Promise.all(Array.from({ length: 5 }, (_, i) => pushGlobal(`${i}`)));
    await deaf.received(5);
    deaf.cut();
    const next = await connect();
    expect([...(await next.received(5))].sort()).toEqual(burst.map(({ message }) => message));
  });

  test('keeps its place between messages to one recipient', async () => {
    const { connect, pushGlobal, push } = await startNode();
    const client = await connect();
    for (let i = 0; i < 30; i += 2) {
      await push(`${i}`);
      await pushGlobal(`${i + 1}`);
    }
    expect(await client.received(30)).toEqual(Array.from({ length: 30 }, (_, i) => `${i}`));
  });

  test('whose text is too long for the bus is fetched, and what comes after it waits', async () => {
    const { connect, push, store, tell } = await startNode();
    const client = await connect();
    const fetching = gate();
    store.before.findGlobal = () => fetching.opened;
    const message = store.addGlobal(TENANT, 'long');
    await tell(null, { type: 'global-pending', id: message.id });
    await push('after');
    await until(() => store.calls.includes('findGlobal'));
    fetching.open();
    expect(await client.received(2)).toEqual(['long', 'after']);
  });

  test('that is not confirmed stays pending and comes again on the next connection', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const client = await connect({}, { pongs: false });
    const message = await pushGlobal('to all');
    await client.received(1);
    await until(() => store.row(message, 'alice')?.status === 'PENDING');
    client.cut();
    const next = await connect();
    expect(await next.received(1)).toEqual(['to all']);
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
  });

  test('that finds no room gets its row at once, and comes when there is room', async () => {
    const { connect, push, pushGlobal, store } = await startNode({ maxUnconfirmedMessages: 1 });
    const client = await connect({}, { pongs: false });
    await push('fills the window');
    await client.until(() => client.pings.length === 1);
    const message = await pushGlobal('to all');
    await until(() => store.row(message, 'alice')?.status === 'PENDING');
    expect(client.texts).toHaveLength(1);
    client.pongs = true;
    client.pong(client.pings[0]!);
    expect(await client.received(2)).toEqual(['fills the window', 'to all']);
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
  });

  test('during a connect comes once, wherever it falls', async () => {
    for (const moment of ['standing', 'unsentGlobals', 'pending'] as const) {
      for (const when of ['before', 'after'] as const) {
        const { connect, push, pushGlobal, store } = await startNode();
        let pushed = false;
        store[when][moment] = async () => {
          if (pushed || (moment === 'standing' && store.calls.filter((call) => call === 'standing').length < 2)) return;
          pushed = true;
          await pushGlobal('to all', { expiresAt: later() });
        };
        const client = await connect();
        await client.received(1);
        await push('marker');
        expect([moment, when, await client.received(2)]).toEqual([moment, when, ['to all', 'marker']]);
      }
    }
  });

  test('rows are kept while the database is away, and made when it is back', async () => {
    const { connect, pushGlobal, store } = await startNode();
    const client = await connect();
    store.away = true;
    const message = await pushGlobal('to all');
    await client.received(1);
    await until(() => store.calls.filter((call) => call === 'recordGlobals').length >= 2);
    store.away = false;
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
  });

  test('that was recalled before it was written is not written', async () => {
    const { connect, push, store, tell } = await startNode();
    const client = await connect();
    const message = store.addGlobal(TENANT, 'recalled');
    await tell(null, { type: 'global-cancelled', id: message.id });
    await tell(null, { type: 'global', message });
    await push('marker');
    expect(await client.received(1)).toEqual(['marker']);
  });
});

describe('a global message with an expiry', () => {
  test('goes to whoever connects before it, and after its receipt not again', async () => {
    const { connect, pushGlobal, store, push } = await startNode();
    const message = await pushGlobal('running', { expiresAt: later() });
    const client = await connect();
    expect(await client.received(1)).toEqual(['running']);
    await until(() => store.row(message, 'alice')?.status === 'DELIVERED');
    const next = await connect();
    await push('marker');
    expect(await next.received(1)).toEqual(['marker']);
  });

  test('comes among pending messages where it belongs by its age', async () => {
    const { connect, pushGlobal, push } = await startNode();
    await push('1');
    await pushGlobal('2', { expiresAt: later() });
    await push('3');
    await pushGlobal('4', { expiresAt: later() });
    const client = await connect();
    expect(await client.received(4)).toEqual(['1', '2', '3', '4']);
  });

  test('more of them than the window takes come all, each once', async () => {
    const { connect, pushGlobal, store } = await startNode({ maxUnconfirmedMessages: 3 });
    const expected = [];
    for (let i = 0; i < 20; i++) {
      await pushGlobal(`${i}`, { expiresAt: later() });
      expected.push(`${i}`);
    }
    const client = await connect();
    await client.received(20);
    await until(() => [...store.rows.values()].filter((row) => row.status === 'DELIVERED').length === 20);
    expect(client.texts).toEqual(expected);
  });
});

describe('a global message whose event was lost', () => {
  test('is found by the sweep and goes to connections that were open before it, once', async () => {
    const { connect, store, bus, push, pushGlobal, clock } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect();
    const opened = clock.now();
    await until(() => store.calls.includes('globalsSince') && clock.now() > opened);
    bus.losing = true;
    await pushGlobal('lost');
    bus.losing = false;
    await client.received(1);
    const late = await connect({ recipient: 'late' });
    const looks = store.calls.filter((call) => call === 'globalsSince').length;
    await until(() => store.calls.filter((call) => call === 'globalsSince').length >= looks + 3);
    await push('marker');
    expect(await client.received(2)).toEqual(['lost', 'marker']);
    expect(late.texts).toEqual([]);
  });

  test('and whose event comes after all is not sent again', async () => {
    const { connect, store, push, tell, clock } = await startNode({ sweepIntervalMs: 60 });
    const client = await connect();
    const opened = clock.now();
    await until(() => store.calls.includes('globalsSince') && clock.now() > opened);
    const message = store.addGlobal(TENANT, 'late');
    await client.received(1);
    await tell(null, { type: 'global', message });
    await push('marker');
    expect(await client.received(2)).toEqual(['late', 'marker']);
  });

  test('is not sent to a recipient that confirmed it elsewhere and then came to this node', async () => {
    const { connect, store, push, clock } = await startNode({ sweepIntervalMs: 60 });
    // The connection is opened in the very millisecond of the global.
    const now = clock.now();
    clock.now = () => now;
    const message = store.addGlobal(TENANT, 'elsewhere', { expiresAt: later() });
    const receipt = { kind: 'ACK' as const, at: Date.now() };
    await store.recordGlobals([{ tenantId: TENANT, globalMessageId: message.id, recipient: 'alice', revocation: 0, receipt }]);
    expect(store.rows.get(globalRowId(message.id, 'alice'))?.status).toBe('DELIVERED');
    const client = await connect();
    const looks = store.calls.filter((call) => call === 'globalsSince').length;
    await until(() => store.calls.filter((call) => call === 'globalsSince').length >= looks + 3);
    await push('marker');
    expect(await client.received(1)).toEqual(['marker']);
  });
});
