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

test('gives as much as is asked for, one item at least, and keeps the rest in its order', () => {
  const outbox = new Outbox<string>();
  const sizes = { bytesOf: ({ length }: string) => length };
  expect(outbox.takeSome(5, sizes)).toBeNull();
  for (const item of ['aaaaaaa', 'bb', 'ccc', 'd', 'e']) outbox.add(item, item.length);
  expect([outbox.takeSome(5, sizes), outbox.bytes]).toEqual([['aaaaaaa'], 7]);
  expect([outbox.takeSome(5, sizes), outbox.bytes]).toEqual([['bb', 'ccc'], 2]);
  outbox.add('f', 1);
  expect([outbox.takeSome(5, sizes), outbox.bytes, outbox.isEmpty]).toEqual([['d', 'e', 'f'], 0, true]);
});
