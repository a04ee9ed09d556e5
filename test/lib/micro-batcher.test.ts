import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { type BatchSpacing, MicroBatcher } from '../../src/lib/micro-batcher.js';

function batcher(spacing: BatchSpacing) {
  const batches: number[][] = [];
  const run = async (items: number[]) => {
    batches.push(items);
    return items.map((item) => item * 10);
  };
  return { batches, batcher: new MicroBatcher<number, number>(run, { maxItems: 100, maxInFlight: 2, spacing }) };
}

const always = (ms: number): BatchSpacing => ({ perItemMs: 0, leastMs: ms, mostMs: ms });

test('what comes together shares a batch, and each gets its own answer', async () => {
  const { batches, batcher: one } = batcher(always(0));
  expect(await Promise.all([one.add(1), one.add(2)])).toEqual([10, 20]);
  expect(batches).toEqual([[1, 2]]);
});

test('after a batch that was shared, what comes within the spacing shares the next one', async () => {
  const { batches, batcher: one } = batcher(always(500));
  await Promise.all([one.add(1), one.add(2)]);
  const answers: Array<Promise<number>> = [];
  for (let i = 3; i < 8; i++) {
    answers.push(one.add(i));
    await turn();
  }
  expect(await Promise.all(answers)).toEqual([30, 40, 50, 60, 70]);
  expect(batches).toEqual([
    [1, 2],
    [3, 4, 5, 6, 7],
  ]);
});

test('the more shared a batch, the longer others are let come after it', async () => {
  const { batches, batcher: one } = batcher({ perItemMs: 200, leastMs: 0, mostMs: 3_600_000 });
  await Promise.all([one.add(1), one.add(2), one.add(3)]);
  const answers: Array<Promise<number>> = [];
  for (let i = 4; i < 8; i++) {
    answers.push(one.add(i));
    await turn();
  }
  await Promise.all(answers);
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5, 6, 7],
  ]);
});

test('the spacing has a bound, however many shared a batch', async () => {
  const { batches, batcher: one } = batcher({ perItemMs: 3_600_000, leastMs: 0, mostMs: 1 });
  await Promise.all([one.add(1), one.add(2)]);
  await one.add(3);
  expect(batches).toEqual([[1, 2], [3]]);
});

test('a caller that is alone never waits for others', async () => {
  const { batches, batcher: one } = batcher(always(3_600_000));
  for (let i = 0; i < 5; i++) await one.add(i);
  expect(batches).toHaveLength(5);
});
