import { expect, test } from '@jest/globals';
import { RecentlySent } from '../../../src/delivery/connection/recently-sent.js';

const always = () => true;

test('ids and broadcasts are remembered for their time at least', () => {
  const recent = new RecentlySent(0);
  expect(recent.hasMessages).toBe(false);
  recent.add('a');
  recent.addBroadcasts(3, 5);
  recent.rotate(99, 100, always);
  recent.rotate(100, 100, always);
  expect([recent.has('a'), recent.hasBroadcast(4), recent.hasBroadcast(5)]).toEqual([true, true, false]);
  recent.rotate(199, 100, always);
  expect(recent.has('a')).toBe(true);
  recent.rotate(200, 100, always);
  expect([recent.has('a'), recent.hasBroadcast(4)]).toEqual([false, false]);
});

test('nothing is forgotten while it may still look pending', () => {
  const recent = new RecentlySent(0);
  recent.add('a');
  for (let now = 100; now <= 1_000; now += 100) recent.rotate(now, 100, () => false);
  expect(recent.has('a')).toBe(true);
});
