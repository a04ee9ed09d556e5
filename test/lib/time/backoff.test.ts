import { expect, test } from '@jest/globals';
import { Backoff } from '../../../src/lib/time/backoff.js';

test('delays double up to the bound, and begin anew after a success', () => {
  const backoff = new Backoff({ firstMs: 100, lastMs: 500 }, () => 1);
  expect([1, 2, 3, 4].map(() => backoff.next())).toEqual([100, 200, 400, 500]);
  backoff.reset();
  expect(backoff.next()).toBe(100);
});

test('a delay is at least half of what it could be', () => {
  expect(new Backoff({ firstMs: 100, lastMs: 500 }, () => 0).next()).toBe(50);
});

test('no number of failures exceeds the bound', () => {
  const backoff = new Backoff({ firstMs: 1, lastMs: 2_000 }, () => 1);
  for (let i = 0; i < 5_000; i++) expect(backoff.next()).toBeLessThanOrEqual(2_000);
});
