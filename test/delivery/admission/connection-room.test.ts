import { expect, test } from '@jest/globals';
import { ConnectionRoom } from '../../../src/delivery/admission/connection-room.js';

/** Holds connections as a node does, and lets them in while there is room. */
function startRoom(most: number) {
  const open = new Map<string, number>();
  const held = {
    get sockets() {
      return [...open.values()].reduce((sum, count) => sum + count, 0);
    },
    get tenants() {
      return open.size;
    },
    ofTenant: (tenantId: string) => open.get(tenantId) ?? 0,
    ofRecipient: () => 0,
  };
  const room = new ConnectionRoom(() => most, held, 0);
  /** Answers how many of so many connections are let in. */
  const connect = (tenantId: string, count: number, now = 0) => {
    let admitted = 0;
    for (let i = 0; i < count; i++) {
      room.see(tenantId, now);
      if (!room.has(tenantId, 0)) continue;
      open.set(tenantId, held.ofTenant(tenantId) + 1);
      admitted++;
    }
    return admitted;
  };
  return { connect, open, room };
}

test('a node that has seen one tenant alone gives it all its connections', () => {
  expect(startRoom(300).connect('a', 400)).toBe(300);
});

test('the last tenth is for tenants that hold less than an equal share', () => {
  const { connect } = startRoom(300);
  expect(connect('b', 1)).toBe(1);
  expect(connect('a', 400)).toBe(269);
  expect(connect('b', 400)).toBe(30);
});

test('in the last tenth nobody gets more than an equal share, however many share it', () => {
  const { connect } = startRoom(1000);
  for (const tenant of ['a', 'b', 'c', 'd']) connect(tenant, 225);
  expect(connect('a', 100)).toBe(25);
  expect(connect('b', 100)).toBe(25);
  expect(connect('c', 100)).toBe(25);
  expect(connect('d', 100)).toBe(25);
});

test('a tenant that could not get in because another has everything keeps that one from taking more', () => {
  const { connect, open } = startRoom(300);
  expect(connect('a', 300)).toBe(300);
  expect(connect('b', 1)).toBe(0);
  open.set('a', 290);
  expect(connect('a', 10)).toBe(0);
  expect(connect('b', 20)).toBe(10);
});

test('a tenant is forgotten that has not come for an hour', () => {
  const { connect, open } = startRoom(300);
  connect('b', 1);
  open.delete('b');
  expect(connect('a', 400)).toBe(270);
  connect('a', 1, 31 * 60_000);
  expect(connect('a', 400, 61 * 60_000)).toBe(30);
});

test('connections that are about to be held have their room', () => {
  const { room } = startRoom(10);
  room.see('a', 0);
  expect(room.has('a', 9)).toBe(true);
  expect(room.has('a', 10)).toBe(false);
});
