import { expect, test } from '@jest/globals';
import { type CompactSet, eachItem, hasItem, withItem, withoutItem } from '../../src/lib/compact-set.js';

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];
const namesOf = (set: CompactSet<{ name: string }>) => {
  const names: string[] = [];
  eachItem(set, ({ name }) => names.push(name));
  return names;
};

test('an empty set is null, and one item stands for itself', () => {
  expect(namesOf(null)).toEqual([]);
  expect(withItem(null, a)).toBe(a);
  expect(withItem(a, a)).toBe(a);
  expect(withoutItem(a, a)).toBeNull();
});

test('several items are each there once, until they are taken out', () => {
  let set: CompactSet<{ name: string }> = null;
  for (const item of [a, b, a, c, b]) set = withItem(set, item);
  expect(namesOf(set)).toEqual(['a', 'b', 'c']);
  expect([a, b, c].map((item) => hasItem(set, item))).toEqual([true, true, true]);
  set = withoutItem(set, b);
  expect(namesOf(set)).toEqual(['a', 'c']);
  expect(hasItem(set, b)).toBe(false);
  set = withoutItem(withoutItem(set, a), c);
  expect(set).toBeNull();
});

test('taking out what is not there changes nothing', () => {
  expect(withoutItem(null, a)).toBeNull();
  expect(withoutItem(a, b)).toBe(a);
  expect(namesOf(withoutItem(withItem(a, b), c))).toEqual(['a', 'b']);
  expect([hasItem(null, a), hasItem(a, b)]).toEqual([false, false]);
});
