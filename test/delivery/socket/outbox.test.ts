import { expect, test } from '@jest/globals';
import { Outbox } from '../../../src/delivery/socket/outbox.js';

test('gives what it gathered, in order, and is empty afterwards', () => {
  const outbox = new Outbox<string>();
  expect(outbox.take()).toBeNull();
  outbox.add('a', 1);
  outbox.add('b', 20);
  expect([outbox.isEmpty, outbox.bytes]).toEqual([false, 21]);
  expect(outbox.take()).toEqual(['a', 'b']);
  expect([outbox.isEmpty, outbox.bytes]).toEqual([true, 0]);
  outbox.add('c', 3);
  expect(outbox.take()).toEqual(['c']);
});
