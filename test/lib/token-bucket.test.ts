import { expect, test } from '@jest/globals';
import { TokenBucket } from '../../src/lib/token-bucket.js';

test('a bucket gives its burst at once and its rate in the long run', () => {
  const bucket = new TokenBucket(10, 3, 0);
  expect([0, 0, 0, 0].map((now) => bucket.take(now))).toEqual([true, true, true, false]);
  expect(bucket.take(99)).toBe(false);
  expect(bucket.take(100)).toBe(true);
  expect(bucket.take(100)).toBe(false);
});
