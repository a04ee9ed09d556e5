import { expect, test } from '@jest/globals';
import { DueCheck } from '../../../src/delivery/outbound/due-check.js';
import { outgoing } from '../../../src/delivery/outbound/frame-encoder.js';

const messageOf = (id: string, expiresAt: number | null) =>
  outgoing({ id, globalMessageId: null, topic: null, message: 'text', createdAt: 0, expiresAt });

test('what has expired is not due, at the very moment', () => {
  let now = 999;
  const due = new DueCheck({ now: () => now });
  expect([due.isDue(messageOf('a', 1_000)), due.isDue(messageOf('b', null))]).toEqual([true, true]);
  now = 1_000;
  expect([due.isDue(messageOf('a', 1_000)), due.isDue(messageOf('b', null))]).toEqual([false, true]);
});

test('what was recalled is not due, for one rotation at least and two at most', () => {
  const due = new DueCheck({ now: () => 0 });
  due.recall('a');
  expect([due.isRecalled('a'), due.isDue(messageOf('a', null)), due.isDue(messageOf('b', null))]).toEqual([true, false, true]);
  due.rotate();
  expect(due.isDue(messageOf('a', null))).toBe(false);
  due.rotate();
  expect(due.isDue(messageOf('a', null))).toBe(true);
});
