import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { unavailable } from '../../src/core/domain/errors.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { InFlightWindow } from '../../src/delivery/connection/in-flight-window.js';
import { encodePing, textFrame } from '../../src/delivery/outbound/frame-encoder.js';
import { NumberRanges } from '../../src/delivery/outbound/number-ranges.js';
import { WriteBehindQueue } from '../../src/delivery/recording/write-behind-queue.js';
import { GenerationalSet } from '../../src/lib/generational-set.js';
import { Semaphore } from '../../src/lib/semaphore.js';
import { SLOT_MS, TimerWheel, type WheelEntry } from '../../src/lib/time/timer-wheel.js';
import type { Timers } from '../../src/lib/time/timers.js';
import { TokenBucket } from '../../src/lib/token-bucket.js';
import { gate, until } from './support/node.js';

/** Retries come at once. */
const impatient: Timers = {
  now: () => 0,
  after: (_ms, run) => {
    setImmediate(run);
    return () => {};
  },
  random: () => 0,
};

/** Time passes when it is told to. */
function handTurned() {
  let now = 0;
  let waiting: Array<{ at: number; run: () => void }> = [];
  const timers: Timers = {
    now: () => now,
    after(ms, run) {
      const entry = { at: now + ms, run };
      waiting.push(entry);
      return () => {
        waiting = waiting.filter((one) => one !== entry);
      };
    },
    random: () => 0,
  };
  const pass = (ms: number) => {
    now += ms;
    const due = waiting.filter(({ at }) => at <= now);
    waiting = waiting.filter(({ at }) => at > now);
    for (const { run } of due) run();
  };
  return { timers, pass };
}

describe('frames', () => {
  test.each([0, 1, 125, 126, 65_535, 65_536])('a text of %d bytes has the shortest length that RFC 6455 allows', (length) => {
    const frame = textFrame('x'.repeat(length));
    const [first, second] = frame;
    expect(first).toBe(0x81);
    const long = length < 65_536 ? 126 : 127;
    expect(second).toBe(length < 126 ? length : long);
    if (second === 126) expect(frame.readUInt16BE(2)).toBe(length);
    if (second === 127) expect(Number(frame.readBigUInt64BE(2))).toBe(length);
    expect(frame.subarray(frame.length - length).toString()).toBe('x'.repeat(length));
  });

  test('lengths are of bytes, not of characters', () => {
    expect(textFrame('é👋')).toEqual(Buffer.concat([Buffer.from([0x81, 6]), Buffer.from('é👋')]));
    const buffer = Buffer.from('frame..........');
    encodePing(buffer, 5, 0x31323334, -1);
    expect(buffer).toEqual(
      Buffer.concat([Buffer.from('frame'), Buffer.from([0x89, 8]), Buffer.from('1234'), Buffer.alloc(4, 255)]),
    );
  });
});

describe('the timer wheel', () => {
  function beating(next: (now: number) => number | null) {
    const beats: number[] = [];
    const entry: WheelEntry = {
      slot: -1,
      beat(now) {
        beats.push(now);
        return next(now);
      },
    };
    return { beats, entry };
  }

  test('beats not before the time, and at most a slot after it', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating(() => null);
    wheel.schedule(entry, 1_000);
    for (let now = 0; now <= 2_000; now += 50) wheel.advance(now);
    expect(beats).toHaveLength(1);
    expect(beats[0]).toBeGreaterThanOrEqual(1_000);
    expect(beats[0]).toBeLessThanOrEqual(1_000 + SLOT_MS);
  });

  test('an earlier time counts, and the later one is skipped', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating(() => null);
    wheel.schedule(entry, 5_000);
    wheel.schedule(entry, 1_000);
    wheel.schedule(entry, 3_000);
    for (let now = 0; now <= 6_000; now += SLOT_MS) wheel.advance(now);
    expect(beats).toEqual([1_000]);
  });

  test('after a pause of the process every time that passed is beaten once', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating((now) => now + 1_000);
    wheel.schedule(entry, 1_000);
    wheel.advance(60_000);
    expect(beats).toEqual([60_000]);
  });
});

describe('limits', () => {
  test('a bucket gives its burst at once and its rate in the long run', () => {
    const bucket = new TokenBucket(10, 3, 0);
    expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
    expect(bucket.take(99)).toBe(false);
    expect(bucket.take(100)).toBe(true);
    expect(bucket.take(100)).toBe(false);
  });

  test('permits go in the order of the line', async () => {
    const permits = new Semaphore(1);
    const order: number[] = [];
    await permits.acquire();
    const line = [1, 2, 3].map((i) => permits.acquire().then(() => order.push(i)));
    permits.release();
    await line[0];
    expect(order).toEqual([1]);
    permits.release();
    permits.release();
    await Promise.all(line);
    expect(order).toEqual([1, 2, 3]);
  });
});

test('a memory keeps what it is told for one turn at least and two at most', () => {
  const memory = new GenerationalSet();
  memory.add('a');
  memory.rotate();
  expect(memory.has('a')).toBe(true);
  memory.rotate();
  expect(memory.has('a')).toBe(false);
});

test('ranges keep what they are told for one turn at least and two at most, and join what touches', () => {
  const ranges = new NumberRanges(3, 5);
  ranges.add(5, 7);
  ranges.add(4, 6);
  ranges.add(10, 11);
  expect([2, 3, 6, 7, 10, 11].map((number) => ranges.has(number))).toEqual([false, true, true, false, true, false]);
  ranges.rotate();
  expect(ranges.has(3)).toBe(true);
  ranges.rotate();
  expect(ranges.has(3)).toBe(false);
});

test('a window counts what it holds, for the node, too', () => {
  const total = { messages: 0, bytes: 0 };
  const window = new InFlightWindow({ maxUnconfirmedMessages: 2, maxUnconfirmedBytes: 100 }, total);
  const sent = (id: string, bytes: number) => ({ id, rowId: id, bytes, at: 0 });
  expect(window.fits(1_000)).toBe(true);
  window.add(sent('a', 60));
  expect([window.fits(40), window.fits(41)]).toEqual([true, false]);
  window.add(sent('b', 10));
  expect([window.fits(1), window.full, window.roomy]).toEqual([false, true, false]);
  expect(window.takeFirst(1).map((one) => one.bytes)).toEqual([60]);
  expect(window.take('a')).toBe(null);
  expect(total).toEqual({ messages: 1, bytes: 10 });
});

describe('what is written behind', () => {
  const options = { name: 'things', maxItems: 3, maxInFlight: 1, maxKept: 5 };

  test('goes at once when idle and is coalesced while a write is under way', async () => {
    const writes: number[][] = [];
    const first = gate();
    const write = async (items: number[]) => {
      writes.push(items);
      if (writes.length === 1) await first.opened;
    };
    const writer = new WriteBehindQueue<number>(write, impatient, silentLogger, options);
    writer.take(1);
    await until(() => writes.length === 1);
    for (const item of [2, 3, 4, 5]) writer.take(item);
    expect(writer.take(6)).toBe(false);
    expect(writer.kept).toBe(5);
    first.open();
    await writer.flushed();
    expect(writes).toEqual([[1], [2, 3, 4], [5]]);
    expect(writer.kept).toBe(0);
  });

  test('after a write that several shared, what comes within the spacing shares the next one', async () => {
    const { timers, pass } = handTurned();
    const writes: number[][] = [];
    const write = async (items: number[]) => void writes.push(items);
    const spacing = { perItemMs: 2, leastMs: 0, mostMs: 5 };
    const writer = new WriteBehindQueue<number>(write, timers, silentLogger, { ...options, spacing });
    writer.take(1);
    await writer.flushed();
    writer.take(2);
    writer.take(3);
    // One that was alone has made nobody wait.
    await writer.flushed();
    writer.take(4);
    await turn();
    pass(3);
    writer.take(5);
    await turn();
    expect(writes).toEqual([[1], [2, 3]]);
    pass(1);
    await writer.flushed();
    expect(writes).toEqual([[1], [2, 3], [4, 5]]);
  });

  test('what fills a write waits for no spacing', async () => {
    const writes: number[][] = [];
    const write = async (items: number[]) => void writes.push(items);
    const spacing = { perItemMs: 1, leastMs: 1, mostMs: 1 };
    const writer = new WriteBehindQueue<number>(write, handTurned().timers, silentLogger, { ...options, maxItems: 2, spacing });
    for (const item of [1, 2, 3, 4]) writer.take(item);
    await writer.flushed();
    expect(writes).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  test('is kept while the database is away', async () => {
    let failures = 3;
    const written: number[] = [];
    const write = async (items: number[]) => {
      if (failures-- > 0) throw unavailable('away');
      written.push(...items);
    };
    const writer = new WriteBehindQueue<number>(write, impatient, silentLogger, options);
    for (const item of [1, 2, 3]) writer.take(item);
    await writer.flushed();
    expect(written).toEqual([1, 2, 3]);
    expect(writer.failing).toBe(false);
  });

  test('one that the database refuses is dropped alone', async () => {
    const written: number[] = [];
    const write = async (items: number[]) => {
      if (items.includes(2)) throw new Error('poison');
      written.push(...items);
    };
    const writer = new WriteBehindQueue<number>(write, impatient, silentLogger, options);
    for (const item of [1, 2, 3, 4]) writer.take(item);
    await writer.flushed();
    expect(written.sort()).toEqual([1, 3, 4]);
  });

  test('what the database refuses once it is back holds up nothing that comes later', async () => {
    const answers = [unavailable('away'), new Error('poison')];
    const written: number[] = [];
    const dropped: number[] = [];
    const write = async (items: number[]) => {
      const answer = answers.shift();
      if (answer) throw answer;
      written.push(...items);
    };
    const writer = new WriteBehindQueue<number>(write, impatient, silentLogger, {
      ...options,
      onDropped: (item) => dropped.push(item),
    });
    writer.take(1);
    await writer.flushed();
    writer.take(2);
    await until(() => writer.kept === 0);
    expect({ written, dropped, failing: writer.failing }).toEqual({ written: [2], dropped: [1], failing: false });
  });

  test('flushed waits for all that was taken before, not for what comes after', async () => {
    const gates = [gate(), gate(), gate()];
    let next = 0;
    const writer = new WriteBehindQueue<number>(
      () => (gates[next++] as ReturnType<typeof gate>).opened,
      impatient,
      silentLogger,
      {
        ...options,
        maxItems: 1,
        maxInFlight: 2,
      },
    );
    writer.take(1);
    writer.take(2);
    let told = false;
    const flushed = writer.flushed().then(() => {
      told = true;
    });
    writer.take(3);
    await until(() => next === 2);
    gates[1]?.open();
    await until(() => next === 3);
    expect(told).toBe(false);
    gates[0]?.open();
    await flushed;
    gates[2]?.open();
    await writer.flushed();
  });
});
