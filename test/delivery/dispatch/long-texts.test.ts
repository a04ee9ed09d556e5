import { afterEach, describe, expect, test } from '@jest/globals';
import type { OutgoingMessage } from '../../../src/core/domain/outgoing-message.js';
import { cleanUp, gate, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const V1 = { protocols: ['tidings.v1'] };

async function start(config: Parameters<typeof startNode>[0] = {}) {
  const node = await startNode(config);
  const { store, tell } = node;
  const counts = () => ({
    passes: store.calls.filter((call) => call === 'pending').length,
    reads: store.calls.filter((call) => call === 'findSendable').length,
  });
  return {
    ...node,
    counts,
    /** Pushes as an API node does what does not fit on the bus. */
    async pushLong(text: string, over: Partial<OutgoingMessage> = {}) {
      const message = store.add(TENANT, 'alice', text, over);
      await tell('alice', { type: 'pending', id: message.id });
      return message;
    },
    /** A connection that has seen all that was pending. */
    async live(...args: Parameters<typeof node.connect>) {
      const { passes } = counts();
      const client = await node.connect(...args);
      await until(() => counts().passes > passes);
      await node.push('live');
      await client.received(1);
      return client;
    },
  };
}

describe('a message whose text was too long for the bus', () => {
  test('does not keep back a global message that found no room behind it', async () => {
    const { live, push, pushLong, pushGlobal, store } = await start({ maxUnconfirmedMessages: 1_000 });
    const client = await live();
    const [reading, writing] = [gate(), gate()];
    store.after.findSendable = () => reading.opened;
    store.before.recordGlobals = () => writing.opened;
    await pushLong('long');
    for (let n = 0; n < 256; n++) await push(`${n}`);
    const message = await pushGlobal('global');
    // A pass brings all that is pending; the row of the global is not there yet.
    await client.received(1 + 1 + 256);
    await until(() => store.calls.includes('recordGlobals'));
    writing.open();
    await until(() => store.row(message, 'alice') !== undefined);
    reading.open();
    expect((await client.received(1 + 1 + 256 + 1)).at(-1)).toBe('global');
  });

  test('keeps its place among short ones and global ones, however its reading takes', async () => {
    const { live, push, pushLong, pushGlobal, store } = await start();
    const tabs = [await live(), await live()];
    const readings = new Map<number, ReturnType<typeof gate>>([
      [1, gate()],
      [2, gate()],
    ]);
    let n = 0;
    store.after.findSendable = () => readings.get(++n)?.opened;
    await push('a');
    await pushLong('B');
    await push('c');
    await pushGlobal('d');
    await pushLong('E');
    await pushLong('F');
    await push('g');
    // The others were read before the first.
    await until(() => n === 3);
    readings.get(2)?.open();
    readings.get(1)?.open();
    await push('h');
    const expected = ['live', 'a', 'B', 'c', 'd', 'E', 'F', 'g', 'h'];
    for (const tab of tabs) expect((await tab.received(tab === tabs[0] ? 10 : 9)).slice(-9)).toEqual(expected);
  });

  test('is read once, for all connections of its recipient, and nothing else is: not what is unconfirmed', async () => {
    const { live, pushLong, push, counts } = await start();
    const client = await live({}, { pongs: false });
    const tab = await live({}, V1);
    const before = counts();
    const texts = Array.from({ length: 100 }, (_, i) => `long ${i}`);
    for (const text of texts) {
      await pushLong(text);
      await client.until(() => client.texts.at(-1) === text);
    }
    await push('end');
    await client.until(() => client.texts.at(-1) === 'end');
    await tab.until(() => tab.texts.length === 102);
    expect(client.texts.slice(-101)).toEqual([...texts, 'end']);
    expect(counts()).toEqual({ passes: before.passes, reads: 100 });
  });

  test('is sent though a client on another node has confirmed it before it is read here', async () => {
    const { live, push, pushLong, store } = await start();
    const client = await live();
    const reading = gate();
    store.before.findSendable = () => reading.opened;
    const message = await pushLong('long');
    await until(() => store.calls.includes('findSendable'));
    store.row(message)!.status = 'DELIVERED';
    reading.open();
    await push('after');
    expect(await client.received(3)).toEqual(['live', 'long', 'after']);
  });

  test('is left to a pass if its event comes late', async () => {
    const { live, push, tell, store, clock } = await start();
    const client = await live();
    const [delivered, pending] = ['delivered', 'pending'].map((text) => store.add(TENANT, 'alice', text));
    store.row(delivered!)!.status = 'DELIVERED';
    clock.ahead += 6_000;
    for (const message of [delivered!, pending!]) await tell('alice', { type: 'pending', id: message.id });
    await client.received(2);
    await push('after');
    expect(await client.received(3)).toEqual(['live', 'pending', 'after']);
  });

  test('is not sent if it is recalled before it is read, or while it is read', async () => {
    const { live, push, pushLong, tell, store } = await start();
    const client = await live();
    const recall = async (message: OutgoingMessage) => {
      store.row(message)!.status = 'CANCELLED';
      await tell('alice', { type: 'cancelled', ids: [message.id] });
    };
    for (const moment of ['before', 'after'] as const) {
      const reading = gate();
      const reads = store.calls.length;
      store[moment].findSendable = () => reading.opened;
      const message = await pushLong(`recalled ${moment}`);
      await until(() => store.calls.length > reads);
      await recall(message);
      delete store[moment].findSendable;
      reading.open();
      await push(moment);
      await client.until(() => client.texts.at(-1) === moment);
    }
    expect(client.texts).toEqual(['live', 'before', 'after']);
  });

  test('is not sent if it expires while it waits behind another', async () => {
    const { live, push, pushLong, store, clock } = await start();
    const client = await live();
    const reading = gate();
    let reads = 0;
    store.after.findSendable = () => (++reads === 1 ? reading.opened : undefined);
    await pushLong('first');
    await pushLong('short-lived', { expiresAt: clock.now() + 10_000 });
    await until(() => reads === 2);
    clock.ahead += 10_000;
    reading.open();
    await push('after');
    expect(await client.received(3)).toEqual(['live', 'first', 'after']);
  });

  test('goes to connections with its label only', async () => {
    const { live, push, pushLong } = await start();
    const [plain, labelled] = [await live(), await live({ topic: 'news' })];
    await pushLong('labelled', { topic: 'news' });
    await push('after');
    expect((await labelled.received(3)).slice(-2)).toEqual(['labelled', 'after']);
    await plain.until(() => plain.texts.at(-1) === 'after');
    expect(plain.texts).not.toContain('labelled');
  });

  test('waits, with what follows it, until the database is back', async () => {
    const { live, push, pushLong, store } = await start();
    const client = await live();
    store.away = true;
    await pushLong('long');
    await until(() => store.calls.filter((call) => call === 'pending').length >= 2);
    await push('after');
    store.away = false;
    expect(await client.received(3)).toEqual(['live', 'long', 'after']);
  });

  test('is left to a pass if too many wait, and order stays', async () => {
    const { live, push, pushLong, store, counts } = await start({ maxUnconfirmedMessages: 1_000 });
    const client = await live();
    const reading = gate();
    store.after.findSendable = () => reading.opened;
    const texts: string[] = ['live'];
    for (let i = 0; i < 300; i++) {
      if (i % 3 === 0) await push(`short ${i}`);
      else await pushLong(`long ${i}`);
      texts.push(`${i % 3 === 0 ? 'short' : 'long'} ${i}`);
    }
    expect(counts().reads).toBeLessThanOrEqual(64);
    reading.open();
    expect(await client.received(301)).toEqual(texts);
  });

  test('does not stay in memory behind one that is slow to read', async () => {
    const { live, push, pushLong, store, counts } = await start();
    const client = await live();
    const reading = gate();
    let reads = 0;
    store.after.findSendable = () => (++reads === 1 ? reading.opened : undefined);
    const before = counts().passes;
    const texts = Array.from({ length: 6 }, (_, i) => `${i}`.repeat(60_000));
    for (const text of texts) await pushLong(text);
    await until(() => counts().passes > before);
    reading.open();
    await push('after');
    expect(await client.received(8)).toEqual(['live', ...texts, 'after']);
  });

  test('is not read any more once the connection that awaits it is gone', async () => {
    const { live, connect, pushLong, store, node, counts } = await start();
    const client = await live();
    const reading = gate();
    store.after.findSendable = () => reading.opened;
    const texts = Array.from({ length: 20 }, (_, i) => `long ${i}`);
    for (const text of texts) await pushLong(text);
    await until(() => counts().reads > 0);
    const { reads } = counts();
    client.cut();
    await until(() => node.connections === 0);
    reading.open();
    const next = await connect();
    await next.until(() => next.texts.at(-1) === texts.at(-1));
    expect(next.texts.slice(-20)).toEqual(texts);
    expect([reads < 20, counts().reads]).toEqual([true, reads]);
  });

  test('waits for room, like any other', async () => {
    const { live, push, pushLong, store } = await start({ maxUnconfirmedMessages: 2 });
    const client = await live({}, { pongs: false });
    await pushLong('second');
    await client.received(2);
    await pushLong('third');
    await push('fourth');
    for (const ping of client.pings.splice(0)) client.pong(ping);
    client.pongs = true;
    await client.until(() => client.texts.length === 4);
    expect(client.texts).toEqual(['live', 'second', 'third', 'fourth']);
    await until(() => [...store.rows.values()].every(({ status }) => status === 'DELIVERED'));
  });
});
