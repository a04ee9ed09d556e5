import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type BatchSpacing, MicroBatcher, type MicroBatcherOptions } from '../../src/lib/micro-batcher.js';

/** A batcher whose time the test turns. */
function batcher(spacing: BatchSpacing, more: Partial<MicroBatcherOptions<number>> = {}) {
  const batches: number[][] = [];
  const waiting: Array<{ at: number; run: () => void }> = [];
  let now = 0;
  const timers = {
    now: () => now,
    after: (ms: number, run: () => void) => {
      waiting.push({ at: now + ms, run });
      return () => {};
    },
  };
  const run = async (items: number[]) => {
    batches.push(items);
    return items.map((item) => item * 10);
  };
  const advance = (ms: number) => {
    now += ms;
    for (const due of waiting.filter(({ at }) => at <= now)) {
      waiting.splice(waiting.indexOf(due), 1);
      due.run();
    }
  };
  const options = { maxItems: 100, maxInFlight: 2, spacing, ...more };
  return { batches, advance, batcher: new MicroBatcher<number, number>(run, options, timers) };
}

const always = (ms: number): BatchSpacing => ({ perItemMs: 0, leastMs: ms, mostMs: ms });

test('what comes together shares a batch, and each gets its own answer', async () => {
  const { batches, batcher: one } = batcher(always(0));
  expect(await Promise.all([one.add(1), one.add(2)])).toEqual([10, 20]);
  expect(batches).toEqual([[1, 2]]);
});

test('after a batch that was shared, what comes within the spacing shares the next one', async () => {
  const { batches, batcher: one, advance } = batcher(always(500));
  await Promise.all([one.add(1), one.add(2)]);
  const answers: Array<Promise<number>> = [];
  for (let i = 3; i < 8; i++) {
    answers.push(one.add(i));
    advance(99);
    await turn();
  }
  expect([batches.length, one.waiting]).toEqual([1, 5]);
  advance(5);
  expect(await Promise.all(answers)).toEqual([30, 40, 50, 60, 70]);
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5, 6, 7],
  ]);
});

test('the more shared a batch, the longer others are let come after it', async () => {
  const { batches, batcher: one, advance } = batcher({ perItemMs: 200, leastMs: 0, mostMs: 3_600_000 });
  await Promise.all([one.add(1), one.add(2), one.add(3)]);
  const answer = one.add(4);
  advance(599);
  await turn();
  expect(batches).toHaveLength(1);
  advance(1);
  expect(await answer).toBe(40);
});

test('the spacing has a bound, however many shared a batch', async () => {
  const { batches, batcher: one, advance } = batcher({ perItemMs: 3_600_000, leastMs: 0, mostMs: 1 });
  await Promise.all([one.add(1), one.add(2)]);
  const answer = one.add(3);
  advance(1);
  await answer;
  expect(batches).toEqual([[1, 2], [3]]);
});

test('a caller that is alone never waits for others', async () => {
  const { batches, batcher: one } = batcher(always(3_600_000));
  for (let i = 0; i < 5; i++) await one.add(i);
  expect(batches).toHaveLength(5);
});

test('a batch has at most so many items, and so much weight, but always one', async () => {
  const { batches, batcher: one } = batcher(always(0), { maxItems: 2, weigh: (item) => item, maxWeight: 5 });
  await Promise.all([9, 1, 1, 1, 4, 2].map((item) => one.add(item)));
  expect(batches).toEqual([[9], [1, 1], [1, 4], [2]]);
});

test('a batch that fails rejects its own items alone', async () => {
  const one = new MicroBatcher<number, number>(
    async (items) => {
      if (items.includes(1)) throw new Error('no');
      return items;
    },
    { maxItems: 1 },
  );
  expect(await Promise.allSettled([one.add(1), one.add(2)])).toMatchObject([{ status: 'rejected' }, { value: 2 }]);
});
