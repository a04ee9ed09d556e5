import { expect, test } from '@jest/globals';
import { monotonicClock, systemClock } from '../../../src/lib/time/clock.js';

test("the system's clock counts from 1970", () => {
  const before = Date.now();
  const now = systemClock.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test('the monotonic clock counts from the start of the process, and only grows', () => {
  const [first, second] = [monotonicClock.now(), monotonicClock.now()];
  expect(second).toBeGreaterThanOrEqual(first);
  expect(first).toBeLessThan(systemClock.now() / 1000);
});
