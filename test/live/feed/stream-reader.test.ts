import { describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/domain/errors.js';
import { DEFAULT_STREAM_BOUNDS, type EventStream } from '../../../src/core/ports/event-stream.js';
import { type ReaderLimits, StreamReader } from '../../../src/live/feed/stream-reader.js';
import { MemoryEventStream } from '../../../src/live/streams/memory-event-stream.js';
import { newEvent } from '../support.js';

const TENANT = 'one';

/** A reader on a stream in memory, which counts the events that are read from it. */
function start({ limits = {}, maxEvents = 10_000 }: { limits?: Partial<ReaderLimits>; maxEvents?: number } = {}) {
  let clock = 1_800_000_000_000;
  const stream = new MemoryEventStream({ now: () => clock++ }, { ...DEFAULT_STREAM_BOUNDS, maxEvents });
  const counted = { reads: 0, events: 0 };
  /** Awaited before a read of the stream answers. */
  let before: () => void | Promise<void> = () => {};
  const after: EventStream['after'] = async (...args) => {
    counted.reads++;
    const found = await stream.after(...args);
    await before();
    counted.events += found.events.length;
    return found;
  };
  let now = 0;
  const timers: Array<() => void> = [];
  const later = (_ms: number, run: () => void) => {
    timers.push(run);
    return () => {};
  };
  const reader = new StreamReader({
    stream: { after },
    timers: { now: () => now, after: later },
    limits,
  });
  const publish = async (topics: readonly string[], tenant = TENANT) =>
    (
      await stream.append(
        tenant,
        topics.map((topic) => newEvent({ topic })),
      )
    ).map(({ event }) => event.id);
  /** Reads to the end; answers the topics. */
  const readAll = async (id: string | null, beginnings: readonly string[] | null, tenant = TENANT) => {
    const topics: string[] = [];
    for (let at = id, more = true; more; ) {
      const found = await reader.after(tenant, at, beginnings);
      if (!found.recovered) return null;
      topics.push(...found.events.map(({ topic }) => topic));
      at = found.upTo;
      more = found.more;
    }
    return topics;
  };
  return {
    ...{ stream, reader, publish, readAll, counted },
    onRead: (run: () => void | Promise<void>) => {
      before = run;
    },
    pass: (ms: number) => {
      now += ms;
      for (const run of timers.splice(0)) run();
    },
  };
}

const many = (count: number, of = 2) => Array.from({ length: count }, (_, i) => `t${i % of}:${i}`);

describe('reading a stream for many', () => {
  test('what follows an event is read once, however many ask at the same time', async () => {
    const { publish, readAll, counted } = start();
    const [first] = await publish(many(1_000, 100));
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => readAll(first as string, [`t${i}`])));
    for (const [i, topics] of answers.entries())
      expect(topics).toEqual(
        many(1_000, 100)
          .slice(1)
          .filter((one) => one.startsWith(`t${i}:`)),
      );
    expect(counted.events).toBe(999);
    expect(counted.reads).toBeLessThan(20);
  });

  test('also where each of them asks for what follows another event', async () => {
    const { publish, readAll, counted } = start();
    const ids = await publish(many(1_000));
    const asked = [900, 3, 500, 0, 998, 250];
    const answers = await Promise.all(asked.map((i) => readAll(ids[i] as string, null)));
    expect(answers).toEqual(asked.map((i) => many(1_000).slice(i + 1)));
    expect(counted.events).toBe(999);
  });

  test('one that asks for earlier ones later has only those read that nobody asked for yet', async () => {
    const { publish, readAll, counted } = start();
    const ids = await publish(many(1_000));
    expect(await readAll(ids[799] as string, null)).toEqual(many(1_000).slice(800));
    expect(await readAll(ids[399] as string, ['t1'])).toHaveLength(300);
    // Pages do not end where the log begins.
    expect(counted.events).toBeLessThanOrEqual(600 + 200);
    expect(await readAll(ids[99] as string, null)).toEqual(many(1_000).slice(100));
  });

  test('nothing that came before the question is left out, whatever is read at that moment', async () => {
    const { publish, reader, onRead } = start();
    const [first] = await publish(['a:1']);
    let asked: Promise<string[]> | null = null;
    onRead(async () => {
      onRead(() => {});
      const [second] = await publish(['a:2']);
      asked = reader.after(TENANT, first as string, ['a']).then(({ events }) => events.map(({ id }) => id));
      expect(second).toBeDefined();
    });
    await reader.after(TENANT, first as string, ['a']);
    expect(await asked).toHaveLength(1);
  });

  test('an event that the stream does not know is told so, to who asks for it alone', async () => {
    const { publish, readAll, reader } = start();
    const ids = await publish(many(10));
    const wrong = (ids[4] as string).replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    const asked = ['none', ids[2] as string, wrong].map((id) => reader.after(TENANT, id, null));
    expect((await Promise.all(asked)).map(({ recovered }) => recovered)).toEqual([false, true, false]);
    expect(await readAll(ids[4] as string, null)).toEqual(many(10).slice(5));
    expect((await reader.after(TENANT, 'none', null)).recovered).toBe(false);
  });

  test('an empty stream, and one that has forgotten nothing, are read from their beginning', async () => {
    const { publish, reader, readAll } = start();
    expect(await reader.after(TENANT, null, null)).toMatchObject({ recovered: true, events: [], upTo: null, more: false });
    await publish(['a', 'b']);
    expect(await readAll(null, null)).toEqual(['a', 'b']);
  });

  test('what the stream has forgotten may still be known; what neither knows is told', async () => {
    const { publish, readAll } = start({ maxEvents: 100 });
    const ids = await publish(many(100));
    expect(await readAll(ids[10] as string, null)).toHaveLength(89);
    await publish(many(50));
    expect(await readAll(ids[10] as string, null)).toEqual([...many(100).slice(11), ...many(50)]);
    expect(await readAll(ids[5] as string, null)).toBeNull();
  });

  test('another run of the stream is another log', async () => {
    const { publish, readAll, stream } = start();
    const [first] = await publish(['a', 'b']);
    expect(await readAll(first as string, null)).toEqual(['b']);
    await stream.close();
    const [again] = await publish(['c', 'd']);
    expect(await readAll(first as string, null)).toBeNull();
    expect(await readAll(again as string, null)).toEqual(['d']);
  });

  test('a stream that cannot be read fails those who asked, and is asked again by the next', async () => {
    const { publish, reader, onRead } = start();
    const [first] = await publish(['a', 'b']);
    onRead(() => {
      throw unavailable('Redis is away');
    });
    const asked = await Promise.allSettled([reader.after(TENANT, first as string, null), reader.after(TENANT, null, null)]);
    expect(asked.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    onRead(() => {});
    expect((await reader.after(TENANT, first as string, null)).events).toHaveLength(1);
  });
});

describe('what a reader keeps', () => {
  test('is forgotten when nobody has asked for a while', async () => {
    const { publish, readAll, counted, pass } = start({ limits: { idleMs: 1_000 } });
    const [first] = await publish(many(100));
    await readAll(first as string, null);
    pass(500);
    await readAll(first as string, null);
    expect(counted.events).toBe(99);
    pass(1_000);
    pass(1_000);
    await readAll(first as string, null);
    expect(counted.events).toBe(198);
  });

  test('is bounded in events, and in bytes over all tenants; what is no longer kept is read again', async () => {
    const { publish, readAll, counted } = start({ limits: { events: 50, bytes: 20_000 } });
    const [a] = await publish(many(60), 'a');
    const [b] = await publish(many(60), 'b');
    const [c] = await publish(many(60), 'c');
    for (const [tenant, id] of [
      ['a', a],
      ['b', b],
      ['c', c],
      ['a', a],
    ] as const)
      expect(await readAll(id as string, null, tenant)).toEqual(many(60).slice(1));
    expect(counted.events).toBe(4 * 59);
  });
});
