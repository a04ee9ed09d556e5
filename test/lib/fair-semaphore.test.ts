import { expect, test } from '@jest/globals';
import { FairSemaphore } from '../../src/lib/fair-semaphore.js';

test('permits of one owner go in the order of the line', async () => {
  const permits = new FairSemaphore(1);
  const order: number[] = [];
  await permits.acquire('a');
  const line = [1, 2, 3].map((i) => permits.acquire('a').then(() => order.push(i)));
  permits.release();
  await line[0];
  expect(order).toEqual([1]);
  permits.release();
  permits.release();
  await Promise.all(line);
  expect(order).toEqual([1, 2, 3]);
});

test('owners take turns, however many callers one has', async () => {
  const permits = new FairSemaphore(1);
  const order: string[] = [];
  await permits.acquire('a');
  const line = ['a1', 'a2', 'a3', 'b1', 'c1', 'a4', 'b2'].map((name) =>
    permits.acquire(name[0] as string).then(() => {
      order.push(name);
      permits.release();
    }),
  );
  permits.release();
  await Promise.all(line);
  expect(order).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3', 'a4']);
});

test('one who needs several waits for as many as it needs when its turn comes, and others wait behind it', async () => {
  const permits = new FairSemaphore(4);
  const order: string[] = [];
  let needed = 4;
  expect(await permits.acquire('a', () => 3)).toBe(3);
  const line = [
    permits.acquire('a', () => needed).then((weight) => order.push(`a${weight}`)),
    permits.acquire('b').then((weight) => order.push(`b${weight}`)),
  ];
  await Promise.resolve();
  expect(order).toEqual([]);
  needed = 2;
  permits.release(3);
  await Promise.all(line);
  expect(order).toEqual(['a2', 'b1']);
});
