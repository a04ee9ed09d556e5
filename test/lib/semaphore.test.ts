import { expect, test } from '@jest/globals';
import { Semaphore } from '../../src/lib/semaphore.js';

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
