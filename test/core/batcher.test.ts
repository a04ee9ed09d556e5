import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { Batcher } from '../../src/core/batcher.js';

function batcher(spaceMs: number) {
  const batches: number[][] = [];
  const run = async (items: number[]) => {
    batches.push(items);
    return items.map((item) => item * 10);
  };
  return { batches, batcher: new Batcher<number, number>(run, { maxItems: 100, maxInFlight: 2, spaceMs }) };
}

test('what comes together shares a batch, and each gets its own answer', async () => {
  const { batches, batcher: one } = batcher(0);
  expect(await Promise.all([one.add(1), one.add(2)])).toEqual([10, 20]);
  expect(batches).toEqual([[1, 2]]);
});

test('after a batch that was shared, what comes within the space shares the next one', async () => {
  const { batches, batcher: one } = batcher(500);
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

test('a caller that is alone never waits for others', async () => {
  const { batches, batcher: one } = batcher(3_600_000);
  for (let i = 0; i < 5; i++) await one.add(i);
  expect(batches).toHaveLength(5);
});
