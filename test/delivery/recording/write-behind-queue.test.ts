import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/domain/errors.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { WriteBehindQueue } from '../../../src/delivery/recording/write-behind-queue.js';
import type { Timers } from '../../../src/lib/time/timers.js';
import { gate, until } from '../support/node.js';

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

describe('what is written behind', () => {
  const options = { name: 'things', maxItems: 3, maxInFlight: 1, maxKept: 5, ownerOf: () => 'one' };

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

  test('each write has as much of one owner as of another', async () => {
    const writes: string[][] = [];
    const first = gate();
    const write = async (items: string[]) => {
      writes.push(items);
      if (writes.length === 1) await first.opened;
    };
    const ownerOf = (name: string) => name[0] as string;
    const writer = new WriteBehindQueue<string>(write, impatient, silentLogger, {
      ...options,
      maxItems: 4,
      maxKept: 100,
      ownerOf,
    });
    writer.take('a0');
    await until(() => writes.length === 1);
    for (let i = 1; i < 20; i++) writer.take(`a${i}`);
    writer.take('b1');
    const all = writer.flushed();
    first.open();
    await all;
    expect(writes[1]).toContain('b1');
    expect(writes.flat().sort()).toHaveLength(21);
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
