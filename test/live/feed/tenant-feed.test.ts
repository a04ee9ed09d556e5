import { afterEach, describe, expect, it } from '@jest/globals';
import { InProcessBus } from '../../../src/bus/in-process-bus.js';
import { DEFAULT_STREAM_BOUNDS, type EventStream, type EventsAfter } from '../../../src/core/ports/event-stream.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import type { BusMessage } from '../../../src/core/ports/message-bus.js';
import { MemoryEventStream } from '../../../src/live/streams/memory-event-stream.js';
import { createTestNode, TENANT, type TestClient, type TestNode, type TestNodeOptions } from '../node.js';
import { newEvent } from '../support.js';

/** Loses or holds back events as a test likes, and announces gaps. */
class TestBus extends InProcessBus {
  /** Lets through the messages of which it says so; the others are kept in `held`. */
  passes: (message: BusMessage) => boolean = () => true;
  readonly held: BusMessage[] = [];
  #announce = () => {};

  constructor() {
    super(silentLogger);
  }

  override async publish(messages: readonly BusMessage[]): Promise<void> {
    this.held.push(...messages.filter((message) => !this.passes(message)));
    await super.publish(messages.filter((message) => this.passes(message)));
  }

  override onGap(listener?: () => void): () => void {
    if (listener) this.#announce = listener;
    return () => {};
  }

  announceGap(): void {
    this.#announce();
  }

  async release(): Promise<void> {
    await super.publish(this.held.splice(0));
  }
}

/** Keeps a stream whose server can be restarted without its memory, and whose clock can be set. */
class TestStream implements EventStream {
  readonly available = true;
  now = 1_900_000_000_000;
  readonly #clock = { now: () => this.now };
  #inner = new MemoryEventStream(this.#clock, { ...DEFAULT_STREAM_BOUNDS, maxEvents: 100_000 });
  /** Is called when an answer of `after` was found, before it is given. */
  beforeAnswer: (answer: EventsAfter) => Promise<void> | void = () => {};

  restart(): void {
    this.#inner = new MemoryEventStream(this.#clock, DEFAULT_STREAM_BOUNDS);
  }

  append: EventStream['append'] = (...args) => this.#inner.append(...args);
  heads: EventStream['heads'] = (...args) => this.#inner.heads(...args);
  close: EventStream['close'] = () => this.#inner.close();

  async after(...args: Parameters<EventStream['after']>): Promise<EventsAfter> {
    const answer = await this.#inner.after(...args);
    await this.beforeAnswer(answer);
    return answer;
  }
}

const nodes: TestNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.close();
});

function open(options: TestNodeOptions = {}) {
  const bus = new TestBus();
  const stream = new TestStream();
  const node = createTestNode({ bus, stream, ...options });
  nodes.push(node);
  return { node, bus, stream };
}

async function follow(node: TestNode, topics: string[], more: object = {}): Promise<TestClient> {
  const client = node.connect();
  expect(await client.ask({ type: 'subscribe', topics, ...more })).toMatchObject({ type: 'ok' });
  return client;
}

const events = ({ sink }: TestClient) => sink.frames.filter(({ type }) => type === 'event').map(({ data }) => data);
const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise(setImmediate);
};

describe('a stream that was restarted without its memory', () => {
  it('tells of a gap, and everything after it comes though ids begin again below those of before', async () => {
    const { node, stream } = open();
    const client = await follow(node, ['a', '*:x']);
    const [before] = await node.publish({ topic: 'a', data: { n: 1 } });
    expect((await client.next()).data).toEqual({ n: 1 });
    stream.now -= 60_000;
    stream.restart();
    const [after] = await node.publish({ topic: 'a', data: { n: 2 } });
    expect((after as string) < (before as string)).toBe(true);
    const next = [await client.next(), await client.next(), await client.next()];
    expect(next.filter(({ type }) => type === 'gap').map(({ topics }) => topics)).toEqual(
      expect.arrayContaining([['a'], ['*:x']].slice(0, next.filter(({ type }) => type === 'gap').length)),
    );
    expect(next.some(({ type }) => type === 'gap')).toBe(true);
    await node.publish({ topic: 'a', data: { n: 3 } });
    while (events(client).length < 3) await client.next();
    expect(events(client)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('is noticed by the first event of a part that was quiet for long, which may have had one that is lost', async () => {
    const { node, stream } = open();
    const client = await follow(node, ['a']);
    await node.publish({ topic: 'a', data: { n: 1 } });
    await client.next();
    await stream.append(TENANT, [newEvent({ topic: 'a', data: { lost: true } })]);
    stream.restart();
    stream.now += 10 * DEFAULT_STREAM_BOUNDS.maxAgeMs;
    await node.publish({ topic: 'a', data: { n: 2 } });
    expect(await client.next()).toEqual({ type: 'gap', topics: ['a'] });
    expect(await client.next()).toMatchObject({ data: { n: 2 } });
  });

  it('is noticed though nothing had been published when the topic was subscribed to', async () => {
    const { node, stream } = open({ lookEveryMs: 20 });
    const client = await follow(node, ['a']);
    await stream.append(TENANT, [newEvent({ topic: 'a', data: { lost: true } })]);
    stream.restart();
    expect(await client.next()).toEqual({ type: 'gap', topics: ['a'] });
  });

  it('does not go round in circles over an event of the run that has ended', async () => {
    const { node, bus, stream } = open();
    const client = await follow(node, ['a']);
    await node.publish({ topic: 'a', data: { n: 1 } });
    await client.next();
    bus.passes = () => false;
    await node.publish({ topic: 'a', data: { n: 2 } });
    bus.passes = () => true;
    stream.restart();
    await node.publish({ topic: 'a', data: { n: 3 } });
    expect(await client.next()).toEqual({ type: 'gap', topics: ['a'] });
    expect(await client.next()).toMatchObject({ data: { n: 3 } });
    await bus.release();
    await node.publish({ topic: 'a', data: { n: 4 } });
    expect(await client.next()).toMatchObject({ data: { n: 4 } });
    expect(events(client)).toEqual([{ n: 1 }, { n: 3 }, { n: 4 }]);
  });

  it('tells a client that is catching up, and keeps nothing back from it afterwards', async () => {
    const { node, bus, stream } = open({ limits: { bufferedBytes: 1000 } });
    const [first] = await node.publish(...Array.from({ length: 20 }, (_, n) => ({ topic: 'a', data: { n } })));
    const client = await follow(node, ['a'], { after: first });
    client.sink.buffered = 900;
    await client.next();
    stream.now -= 1;
    stream.restart();
    bus.announceGap();
    while (!client.sink.frames.some(({ type }) => type === 'gap')) await turns(1);
    await node.publish({ topic: 'a', data: { n: 'new' } });
    await turns(5);
    client.sink.buffered = 0;
    await client.session.settled();
    await node.publish({ topic: 'a', data: { n: 'newer' } });
    while (events(client).length < 21) await client.next();
    expect(events(client).slice(-2)).toEqual([{ n: 'new' }, { n: 'newer' }]);
  });
});

describe('a gap of the bus', () => {
  it('holds back at once what follows for every tenant, however many are read one after the other', async () => {
    const { node, bus, stream } = open();
    const tenants = Array.from({ length: 40 }, (_, i) => `01890000-0000-7000-8000-0000000001${i.toString().padStart(2, '0')}`);
    const clients = tenants.map((tenantId) => node.connect({ tenantId }));
    const publish = (tenant: string, data: { n: number }) => node.publisher.publish(tenant, [[newEvent({ topic: 'a', data })]]);
    for (const [i, client] of clients.entries()) {
      await client.ask({ type: 'subscribe', topics: ['a'] });
      await publish(tenants[i] as string, { n: 1 });
      await client.next();
    }
    // These are events of a node that does not say which run they are of.
    const forward = bus.publish.bind(bus);
    bus.publish = (messages) =>
      forward(
        messages.map(({ channel, event }) => {
          const { run: _, ...older } = event as typeof event & { run?: string };
          return { channel, event: older };
        }),
      );
    let go = () => {};
    const blocked = new Promise<void>((resolve) => {
      go = resolve;
    });
    for (const tenant of tenants) await stream.append(tenant, [newEvent({ topic: 'a', data: { lost: true } })]);
    stream.restart();
    stream.now += 10 * DEFAULT_STREAM_BOUNDS.maxAgeMs;
    stream.beforeAnswer = () => blocked;
    bus.announceGap();
    for (const tenant of tenants) await publish(tenant, { n: 2 });
    await turns(20);
    go();
    for (const client of clients) {
      expect(await client.next()).toEqual({ type: 'gap', topics: ['a'] });
      expect(await client.next()).toMatchObject({ data: { n: 2 } });
    }
  });

  it('leaves nothing for later that came while the last page of the stream was on its way, however much', async () => {
    const { node, bus, stream } = open();
    const client = await follow(node, ['a']);
    let n = 0;
    const burst = (count: number) => node.publish(...Array.from({ length: count }, () => ({ topic: 'a', data: { n: n++ } })));
    await burst(1);
    await client.next();
    let arrived = () => {};
    const asked = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    let go = () => {};
    stream.beforeAnswer = () => {
      arrived();
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    };
    bus.announceGap();
    await asked;
    stream.beforeAnswer = () => {};
    for (let i = 0; i < 5; i++) await burst(300);
    await turns(50);
    go();
    while (events(client).length < n) await client.next();
    expect(events(client)).toEqual(Array.from({ length: n }, (_, i) => ({ n: i })));
  });
});

describe('an event that belongs to several parts', () => {
  it('comes once though one of them is far behind the other', async () => {
    const { node, bus } = open({ limits: { eventsPerSecond: 1e6, eventsBurst: 1e6 } });
    const client = await follow(node, ['a', '*']);
    bus.passes = ({ channel }) => !channel.endsWith(':*');
    let n = 0;
    for (let i = 0; i < 25; i++) await node.publish(...Array.from({ length: 1000 }, () => ({ topic: 'a', data: { n: n++ } })));
    for (let i = 0; i < n; i++) await client.next();
    bus.passes = () => true;
    await node.publish({ topic: 'b', data: { last: true } });
    expect(await client.next()).toMatchObject({ data: { last: true } });
    expect(events(client)).toHaveLength(n + 1);
  }, 30_000);

  it('comes once though the part by which it came is no longer followed', async () => {
    const { node, bus } = open();
    const client = await follow(node, ['a', '*']);
    bus.passes = ({ channel }) => !channel.endsWith(':*');
    await node.publish({ topic: 'a', data: { n: 1 } });
    await client.next();
    await client.ask({ type: 'unsubscribe', topics: ['a'] });
    await bus.release();
    bus.passes = () => true;
    await node.publish({ topic: 'a', data: { n: 2 } });
    await client.next();
    expect(events(client)).toEqual([{ n: 1 }, { n: 2 }]);
  });

  it('is read from the stream by one who followed a part that was behind the other, and came after it', async () => {
    const { node, bus } = open();
    const others = [await follow(node, ['*']), await follow(node, ['a'])];
    const [first] = await node.publish({ topic: 'a', data: { n: 0 } });
    for (const other of others) await other.next();
    bus.passes = ({ channel }) => !channel.endsWith(':a');
    await node.publish({ topic: 'a', data: { n: 1 } });
    for (const other of others) await other.next();
    const client = await follow(node, ['a']);
    expect(await client.ask({ type: 'subscribe', topics: ['a'], after: first })).toMatchObject({ recovered: true });
    expect((await client.next()).data).toEqual({ n: 1 });
    bus.passes = () => true;
    await bus.release();
    await node.publish({ topic: 'a', data: { n: 2 } });
    expect((await client.next()).data).toEqual({ n: 2 });
  });

  it('is told as lost if it is older than what a slow reader has got, and too much to keep', async () => {
    const { node, bus, stream } = open({ limits: { bufferedBytes: 100_000 } });
    const client = await follow(node, ['a', 'b']);
    let go = () => {};
    stream.beforeAnswer = () =>
      new Promise<void>((resolve) => {
        go = resolve;
      });
    await node.publish({ topic: 'a', data: { n: 0 } });
    await client.next();
    // The part of `a` reads the stream from here on and gets its answer late.
    bus.passes = ({ channel }) => !channel.endsWith(':a');
    await node.publish({ topic: 'a', data: { n: 1 } });
    bus.passes = () => true;
    await node.publish(...Array.from({ length: 800 }, (_, n) => ({ topic: 'a', data: { n: n + 2 } })));
    await turns(20);
    client.sink.buffered = 100_001;
    await node.publish({ topic: 'b' });
    expect(await client.next()).toMatchObject({ topic: 'b' });
    stream.beforeAnswer = () => {};
    go();
    await turns(50);
    client.sink.buffered = 0;
    const gap = await client.next();
    expect(gap).toMatchObject({ type: 'gap', topics: expect.arrayContaining(['a']) });
    await client.session.settled();
    await node.publish({ topic: 'a', data: { n: 'after' } });
    while (!events(client).some((data) => (data as { n?: unknown }).n === 'after')) await client.next();
  });
});
