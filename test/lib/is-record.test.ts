import { expect, test } from '@jest/globals';
import { isRecord } from '../../src/lib/is-record.js';

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], true],
  [null, false],
  [undefined, false],
  ['text', false],
  [1, false],
  [() => {}, false],
])('of %p it answers %p', (value, expected) => {
  expect(isRecord(value)).toBe(expected);
});
