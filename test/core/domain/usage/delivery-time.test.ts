import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, bucketOf, quantileSeconds } from '../../../../src/core/domain/usage/delivery-time.js';

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

it('puts every time into a bucket, longer ones never into a lower one', () => {
  fc.assert(
    fc.property(fc.nat(10 * WEEK_MS), fc.nat(10 * WEEK_MS), (a, b) => {
      const [low, high] = [bucketOf(Math.min(a, b)), bucketOf(Math.max(a, b))];
      return low >= 0 && low <= high && high < BUCKETS && Number.isInteger(low);
    }),
  );
  expect([bucketOf(-5), bucketOf(0), bucketOf(1), bucketOf(Number.NaN), bucketOf(1e15)]).toEqual([0, 0, 0, 0, BUCKETS - 1]);
});

it('gives a time back within 5 %', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 4 * WEEK_MS }), (ms) => {
      const seconds = quantileSeconds({ buckets: [bucketOf(ms)], counts: [1] }, 0.5) ?? 0;
      return Math.abs(seconds * 1000 - ms) <= ms * 0.05;
    }),
  );
});

it('finds quantiles, also of few times, and none of none', () => {
  const times = { buckets: [bucketOf(10), bucketOf(100), bucketOf(1_000)], counts: [98, 1, 1] };
  const seconds = (q: number) => quantileSeconds(times, q) ?? 0;
  expect(seconds(0.5)).toBeCloseTo(0.01, 3);
  expect(seconds(0.98)).toBeCloseTo(0.01, 3);
  expect(seconds(0.99)).toBeCloseTo(0.1, 2);
  expect(seconds(1)).toBeCloseTo(1, 1);
  expect(quantileSeconds({ buckets: [0], counts: [1] }, 0.99)).toBe(0.001);
  expect(quantileSeconds({ buckets: [], counts: [] }, 0.5)).toBeNull();
});
