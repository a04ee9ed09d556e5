import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { CooperativeLoop, inTurns } from '../../src/lib/cooperative-loop.js';

test.each([
  [0, 3],
  [2, 3],
  [3, 3],
  [7, 3],
])('a list of %d in parts of %d is worked through in order', async (length, partSize) => {
  const list = Array.from({ length }, (_, i) => `item ${i}`);
  const seen: string[] = [];
  await inTurns(list, partSize, (part, from) => {
    expect(part.length).toBeLessThanOrEqual(partSize);
    expect(part[0]).toBe(list[from]);
    seen.push(...part);
  });
  expect(seen).toEqual(list);
});

test('others have a turn of the event loop between two parts', async () => {
  const seen: string[] = [];
  let done = false;
  const large = inTurns([1, 2, 3], 1, () => seen.push('part')).then(() => {
    done = true;
  });
  while (!done) {
    seen.push('small');
    await turn();
  }
  await large;
  expect(seen.filter((what) => what === 'part')).toHaveLength(3);
  expect(seen.join(' ')).not.toContain('part part');
});

test('what a part waits for is waited for before the next one', async () => {
  const seen: string[] = [];
  await inTurns([1, 2], 1, async ([item]) => {
    seen.push(`${item} begun`);
    await turn();
    seen.push(`${item} done`);
  });
  expect(seen).toEqual(['1 begun', '1 done', '2 begun', '2 done']);
});

test('work that fails in a later part fails the whole', async () => {
  const work = inTurns([1, 2, 3], 1, ([item]) => {
    if (item === 2) throw new Error('no');
  });
  await expect(work).rejects.toThrow('no');
});

describe('a loop', () => {
  /** Each piece takes a millisecond of this clock. */
  function pieces(count: number, budgetMs: number) {
    let now = 0;
    let left = count;
    const perTurn: number[] = [];
    const loop = new CooperativeLoop(
      (until) => {
        let done = 0;
        while (left > 0 && now < until) {
          left--;
          now++;
          done++;
        }
        perTurn.push(done);
        return left === 0;
      },
      budgetMs,
      () => now,
    );
    return { loop, perTurn };
  }

  test('works within its budget in each turn, until nothing is left', async () => {
    const { loop, perTurn } = pieces(5, 2);
    loop.wake();
    loop.wake();
    expect(perTurn).toEqual([]);
    while (perTurn.length < 3) await turn();
    await turn();
    expect(perTurn).toEqual([2, 2, 1]);
  });
});

test('of many lists, one part is worked through in each turn of the event loop', async () => {
  let parts = 0;
  const lists = Array.from({ length: 8 }, () => inTurns([1, 2, 3], 1, () => parts++));
  expect(parts).toBe(8);
  const perTurn: number[] = [];
  while (parts < 24) {
    const before = parts;
    await turn();
    perTurn.push(parts - before);
  }
  await Promise.all(lists);
  expect(Math.max(...perTurn)).toBe(1);
});
