import { expect, test } from '@jest/globals';
import { GenerationalSet } from '../../src/lib/generational-set.js';

test('a memory keeps what it is told for one turn at least and two at most', () => {
  const memory = new GenerationalSet();
  memory.add('a');
  memory.rotate();
  expect(memory.has('a')).toBe(true);
  memory.rotate();
  expect(memory.has('a')).toBe(false);
});
