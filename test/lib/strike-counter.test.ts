import { expect, test } from '@jest/globals';
import { StrikeCounter } from '../../src/lib/strike-counter.js';

test('so many a minute are tolerated, and one more is too many', () => {
  const strikes = new StrikeCounter(2);
  expect([0, 1, 2].map((at) => strikes.strike(at))).toEqual([false, false, true]);
});

test('what is older than a minute does not count', () => {
  const strikes = new StrikeCounter(2);
  strikes.strike(0);
  strikes.strike(1);
  expect(strikes.strike(60_000)).toBe(false);
});
