import { afterEach, describe, expect, it } from '@jest/globals';
import { createTestNode, TENANT, type TestClient, type TestNode, type TestNodeOptions } from '../node.js';
import { newEvent } from '../support.js';

const nodes: TestNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

function open(options: TestNodeOptions = {}): TestNode {
  const node = createTestNode(options);
  nodes.push(node);
  return node;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
const dataOf = (client: TestClient) => client.sink.frames.filter(({ type }) => type === 'event').map(({ data }) => data);

describe('many clients that come back', () => {
  it('have what they missed read once for all, and get what matches', async () => {
    const node = open();
    let read = 0;
    const after = node.stream.after.bind(node.stream);
    node.stream.after = async (...args) => {
      const found = await after(...args);
      read += found.events.length;
      return found;
    };
    const events = Array.from({ length: 2_000 }, (_, n) => newEvent({ topic: `record:${n % 50}`, data: { n } }));
    const [first] = await node.stream.append(TENANT, [newEvent({ topic: 'record:first' })]);
    for (let i = 0; i < events.length; i += 500) await node.stream.append(TENANT, events.slice(i, i + 500));
    const clients = Array.from({ length: 50 }, () => node.connect());
    const answers = await Promise.all(
      clients.map((client, i) => client.ask({ type: 'subscribe', topics: [`record:${i}`], after: first?.event.id })),
    );
    expect(answers.map(({ recovered }) => recovered)).toEqual(answers.map(() => true));
    for (const [i, client] of clients.entries()) {
      while (dataOf(client).length < 40) await turn();
      expect(dataOf(client)).toEqual(Array.from({ length: 40 }, (_, k) => ({ n: i + 50 * k })));
    }
    expect(read).toBe(2_000);
  });

  it('get what comes meanwhile after that, once', async () => {
    const node = open();
    const ids = await node.publish(...Array.from({ length: 300 }, (_, n) => ({ topic: 'a:b', data: { n } })));
    const clients = Array.from({ length: 20 }, () => node.connect());
    const asked = clients.map((client, i) => client.ask({ type: 'subscribe', topics: ['a'], after: ids[i] }));
    await node.publish(...Array.from({ length: 20 }, (_, n) => ({ topic: 'a:c', data: { n: 300 + n } })));
    await Promise.all(asked);
    await node.publish({ topic: 'a', data: { n: 320 } });
    for (const [i, client] of clients.entries()) {
      while (dataOf(client).length < 320 - i) await turn();
      expect(dataOf(client)).toEqual(Array.from({ length: 320 - i }, (_, k) => ({ n: i + 1 + k })));
    }
  });
});

describe('an event that many connections get', () => {
  /** A node on which each frame takes a millisecond. */
  async function startSlow(count: number) {
    let now = 0;
    const node = open({ now: () => now });
    const clients = Array.from({ length: count }, () => node.connect());
    await Promise.all(clients.map((client) => client.ask({ type: 'subscribe', topics: ['a'] })));
    for (const { sink } of clients) {
      const write = sink.write.bind(sink);
      sink.write = (frame) => {
        now += 1;
        write(frame);
      };
    }
    const had = () => clients.filter((client) => dataOf(client).length > 0).length;
    return { node, clients, had };
  }

  it('is passed on in several turns of the event loop, and the next ones wait for it', async () => {
    const { node, clients, had } = await startSlow(400);
    await node.publish({ topic: 'a', data: { n: 1 } }, { topic: 'a', data: { n: 2 } });
    const steps: number[] = [];
    while (clients.some((client) => dataOf(client).length < 2)) {
      if (had() !== steps.at(-1)) steps.push(had());
      await turn();
    }
    expect(steps.length).toBeGreaterThan(3);
    for (const client of clients) expect(dataOf(client)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('comes before the answer to a command that ends the subscription meanwhile', async () => {
    const { node, clients, had } = await startSlow(400);
    await node.publish({ topic: 'a', data: { n: 1 } });
    while (had() === 0) await turn();
    const last = clients.at(-1) as TestClient;
    expect(dataOf(last)).toEqual([]);
    last.send({ type: 'unsubscribe', id: 'u', topics: ['a'] });
    while (!last.sink.frames.some(({ id }) => id === 'u')) await turn();
    expect(last.sink.frames.slice(1)).toMatchObject([
      { type: 'event', data: { n: 1 } },
      { type: 'ok', id: 'u' },
    ]);
    while (had() < 400) await turn();
    expect(dataOf(last)).toEqual([{ n: 1 }]);
  });

  it('comes once to a connection that catches up meanwhile', async () => {
    const { node, clients, had } = await startSlow(400);
    const [before] = await node.publish({ topic: 'other' });
    await node.publish({ topic: 'a', data: { n: 1 } });
    while (had() === 0) await turn();
    const last = clients.at(-1) as TestClient;
    last.send({ type: 'subscribe', id: 's', topics: ['a', 'b'], after: before });
    while (!last.sink.frames.some(({ id }) => id === 's')) await turn();
    await node.publish({ topic: 'a', data: { n: 2 } });
    while (dataOf(last).length < 2) await turn();
    while (had() < 400) await turn();
    expect(dataOf(last)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('comes once to a connection that reads it from the stream while it is on its way', async () => {
    const { node, had } = await startSlow(400);
    const [before] = await node.publish({ topic: 'other' });
    const late = node.connect();
    const after = node.stream.after.bind(node.stream);
    let read = () => {};
    const mayRead = new Promise<void>((resolve) => {
      read = resolve;
    });
    node.stream.after = async (...args) => {
      await mayRead;
      return after(...args);
    };
    const asked = late.ask({ type: 'subscribe', topics: ['a'], after: before });
    while (late.session.subscriptions.size === 0) await turn();
    await node.publish({ topic: 'a', data: { n: 1 } });
    while (had() === 0) await turn();
    read();
    await asked;
    while (had() < 400) await turn();
    await node.publish({ topic: 'a', data: { n: 2 } });
    while (!late.sink.frames.some(({ data }) => (data as { n?: number } | undefined)?.n === 2)) await turn();
    expect(dataOf(late)).toEqual([{ n: 1 }, { n: 2 }]);
  });
});

describe('what a connection may keep', () => {
  it('its subscriptions have a bound in bytes; options of one command count once', async () => {
    const client = open().connect();
    const where = (n: number) => ({ text: 'x'.repeat(4_000), n });
    const many = Array.from({ length: 100 }, (_, i) => `a:${i}`);
    for (let n = 0; n < 2; n++)
      expect(await client.ask({ type: 'subscribe', topics: many, where: where(n) })).toMatchObject({ type: 'ok' });
    const fields = Array.from({ length: 64 }, (_, i) => `${i}`.padEnd(256, 'f'));
    let refused = null;
    for (let n = 0; n < 56 && refused === null; n++) {
      const answer = await client.ask({ type: 'subscribe', topics: ['a'], where: where(n), fields });
      if (answer.type === 'error') refused = { answer, n };
    }
    expect(refused?.answer).toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect(refused?.n).toBeGreaterThan(15);
    expect(await client.ask({ type: 'unsubscribe', topics: many })).toMatchObject({ type: 'ok' });
    expect(await client.ask({ type: 'subscribe', topics: ['b'] })).toMatchObject({ type: 'ok' });
  });

  it('long frames count as several commands', async () => {
    const now = 1_000;
    const node = open({ now: () => now, limits: { commandsPerSecond: 1, commandsBurst: 10, waitingCommands: 100 } });
    const client = node.connect();
    const pad = 'x'.repeat(40_000);
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await client.ask({ type: 'list-topics', pad }));
    expect(answers.map(({ type, code }) => code ?? type)).toEqual(['ok', 'ok', 'ok', 'RATE_LIMITED']);
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('frames that wait have a bound in bytes', async () => {
    const node = open({ limits: { waitingChars: 100_000 } });
    const topics = node.directory.topics.bind(node.directory);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    node.directory.topics = async (...args) => {
      await held;
      return topics(...args);
    };
    const client = node.connect();
    for (let id = 1; id <= 4; id++) client.send({ type: 'list-topics', id, pad: 'x'.repeat(30_000) });
    await turn();
    release();
    const answers = [await client.next(), await client.next(), await client.next(), await client.next()];
    expect(answers.map(({ type, code }) => code ?? type)).toEqual(['ok', 'ok', 'ok', 'RATE_LIMITED']);
  });
});
