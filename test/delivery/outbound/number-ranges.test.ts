import { expect, test } from '@jest/globals';
import { NumberRanges } from '../../../src/delivery/outbound/number-ranges.js';

test('ranges keep what they are told for one turn at least and two at most, and join what touches', () => {
  const ranges = new NumberRanges(3, 5);
  ranges.add(5, 7);
  ranges.add(4, 6);
  ranges.add(10, 11);
  expect([2, 3, 6, 7, 10, 11].map((number) => ranges.has(number))).toEqual([false, true, true, false, true, false]);
  ranges.rotate();
  expect(ranges.has(3)).toBe(true);
  ranges.rotate();
  expect(ranges.has(3)).toBe(false);
});
