import { expect, it } from '@jest/globals';
import { compare } from './usage.js';

const hour = (number: number, rest = {}) => ({
  ...{ hour: number, accepted: 1, acceptedBytes: 10, globals: 1, delivered: 2, recalled: 3, expired: 4 },
  ...rest,
});

it('finds no difference where all is the same, and where receipts were written an hour late', () => {
  expect(compare([hour(1), hour(2)], [hour(1), hour(2)])).toEqual([]);
  expect(compare([hour(1, { delivered: 4 }), hour(2, { delivered: 0 })], [hour(1), hour(2)])).toEqual([]);
  expect(compare([], [])).toEqual([]);
});

it('finds what was counted in another hour than it was made, twice, or not at all', () => {
  expect(compare([hour(1), hour(2, { accepted: 0 })], [hour(1, { accepted: 0 }), hour(2)])).toHaveLength(2);
  expect(compare([hour(1)], [hour(1, { delivered: 3 })])).toEqual(['up to hour 1: delivered is 2, usage says 3']);
  expect(compare([hour(1)], [hour(1), hour(2, { globals: 1 })])).not.toEqual([]);
  expect(compare([hour(1)], [])).toHaveLength(6);
  // Nothing is settled before it happened.
  expect(compare([hour(1), hour(2)], [hour(1, { recalled: 6 }), hour(2, { recalled: 0 })])).toHaveLength(1);
});
