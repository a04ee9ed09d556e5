import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { OwnedQueue } from '../../../src/delivery/recording/owned-queue.js';

function queueOf(...names: string[]): OwnedQueue<string> {
  const queue = new OwnedQueue<string>(undefined);
  for (const [number, name] of names.entries()) queue.push(name[0] as string, name, number);
  return queue;
}

describe('a queue by owner', () => {
  test('gives a batch as much of one owner as of another, the oldest first', () => {
    const queue = queueOf('a1', 'a2', 'a3', 'a4', 'a5', 'b1', 'b2', 'b3', 'c1');
    expect(queue.take(6).items.sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'c1']);
    expect([...queue].sort()).toEqual(['a4', 'a5', 'b3']);
    expect(queue.size).toBe(3);
  });

  test('fills a batch with what one owner has if others have nothing', () => {
    expect(queueOf('a1', 'a2', 'a3', 'a4').take(3).items).toEqual(['a1', 'a2', 'a3']);
    expect(queueOf('a1', 'a2', 'a3', 'a4', 'b1').take(5).items.sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
  });

  test('lets an owner that came late into the next batch', () => {
    const queue = queueOf(...Array.from({ length: 1_000 }, (_, i) => `a${i}`), 'b1');
    expect(queue.take(10).items).toContain('b1');
  });

  test('knows the oldest of what waits, and of each batch', () => {
    const queue = queueOf('a1', 'b1', 'a2', 'b2');
    expect(queue.oldest).toBe(0);
    expect(queue.take(2)).toMatchObject({ weight: 2, oldest: 0 });
    expect(queue.oldest).toBe(2);
    queue.take(2);
    expect([queue.oldest, queue.size]).toEqual([Number.POSITIVE_INFINITY, 0]);
  });

  test('weighs items; a single one may exceed the weight', () => {
    const queue = new OwnedQueue<number>((weight) => weight);
    for (const [number, weight] of [10, 2, 2, 1].entries()) queue.push('a', weight, number);
    expect(queue.take(4)).toMatchObject({ items: [10], weight: 10 });
    expect(queue.take(4)).toMatchObject({ items: [2, 2], weight: 4 });
    expect(queue.take(4).items).toEqual([1]);
    expect(queue.take(4)).toMatchObject({ items: [], weight: 0 });
  });

  test('gives everything out once, in the order of each owner, whatever its weight', () => {
    const item = fc.record({ owner: fc.constantFrom('a', 'b', 'c', 'd'), weight: fc.integer({ min: 1, max: 8 }) });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (items, most) => {
        const queue = new OwnedQueue<{ owner: string; weight: number; number: number }>(({ weight }) => weight);
        for (const [number, { owner, weight }] of items.entries()) queue.push(owner, { owner, weight, number }, number);
        const out: Array<{ owner: string; number: number }> = [];
        while (queue.size > 0) {
          const batch = queue.take(most);
          expect(batch.items.length).toBeGreaterThan(0);
          expect(batch.weight <= most || batch.items.length === 1).toBe(true);
          expect(batch.oldest).toBe(Math.min(...batch.items.map(({ number }) => number)));
          out.push(...batch.items);
        }
        expect(out.map(({ number }) => number).sort((a, b) => a - b)).toEqual(items.map((_, number) => number));
        for (const owner of ['a', 'b', 'c', 'd']) {
          const own = out.filter((one) => one.owner === owner).map(({ number }) => number);
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
      }),
    );
  });
});
