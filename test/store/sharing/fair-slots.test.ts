import { describe, expect, it } from '@jest/globals';
import { FairSlots, type SlotShare, type SlotWork } from '../../../src/store/sharing/fair-slots.js';

type Kind = 'quick' | 'slow';
const ALL: SlotShare = { weight: 1, leaves: 0, perOwner: 1 };

/** Slots whose work a test begins and ends, and which notes in which order it was let in. */
class Room {
  readonly log: string[] = [];
  readonly slots: FairSlots<Kind>;

  constructor(slots: number, shares: Partial<Record<Kind, SlotShare>> = {}, maxWaiting = 100) {
    this.slots = new FairSlots<Kind>(slots, { quick: ALL, slow: ALL, ...shares }, maxWaiting);
  }

  /** Takes a slot or waits; returns what `wait` has, or undefined for work that was let in at once. */
  ask(kind: Kind, owner: string | null, name = `${kind} of ${owner}`): (() => boolean) | null | undefined {
    const work: SlotWork<Kind> = { kind, owner };
    if (!this.slots.take(work)) return this.slots.wait(work, () => this.log.push(name));
    this.log.push(name);
    return undefined;
  }

  end(kind: Kind, owner: string | null, heldMs = 1): void {
    this.slots.give({ kind, owner }, heldMs);
  }

  /** Names what was let in since the last question. */
  news(): string[] {
    return this.log.splice(0);
  }
}

describe('fair slots', () => {
  it('are taken at once while they are free', () => {
    const room = new Room(2);
    room.ask('quick', 'a');
    room.ask('quick', 'a');
    expect(room.news()).toHaveLength(2);
    expect(room.ask('quick', 'a')).toBeInstanceOf(Function);
    expect(room.news()).toEqual([]);
    expect(room.slots.waiting).toBe(1);
    room.end('quick', 'a');
    expect(room.news()).toEqual(['quick of a']);
    expect(room.slots.waiting).toBe(0);
  });

  it('go to owners in turn, however many pieces of work one of them brings', () => {
    const room = new Room(1);
    room.ask('quick', 'a');
    for (let i = 0; i < 50; i++) room.ask('quick', 'a');
    room.ask('quick', 'b');
    room.news();
    room.end('quick', 'a');
    expect(room.news()).toEqual(['quick of b']);
    room.end('quick', 'b');
    expect(room.news()).toEqual(['quick of a']);
  });

  it('go to whoever had less time: an owner of long work waits longer', () => {
    const room = new Room(1);
    room.ask('quick', 'a');
    for (let i = 0; i < 10; i++) {
      room.ask('quick', 'a');
      room.ask('quick', 'b');
    }
    room.news();
    room.end('quick', 'a', 100);
    const order: string[] = [];
    for (let i = 0; i < 10; i++) {
      const [next = ''] = room.news();
      order.push(next);
      room.end('quick', next.endsWith('a') ? 'a' : 'b', next.endsWith('a') ? 100 : 20);
    }
    expect(order.filter((one) => one.endsWith('b')).length).toBeGreaterThanOrEqual(8);
    expect(order).toContain('quick of a');
  });

  it('are shared between kinds by weight and time', () => {
    const room = new Room(1, { quick: { ...ALL, weight: 3 } });
    room.ask('quick', 'a');
    for (let i = 0; i < 40; i++) {
      room.ask('quick', 'a');
      room.ask('slow', 'b');
    }
    room.news();
    room.end('quick', 'a', 10);
    const kinds: Kind[] = [];
    for (let i = 0; i < 40; i++) {
      const kind: Kind = room.news()[0]?.startsWith('quick') ? 'quick' : 'slow';
      kinds.push(kind);
      room.end(kind, kind === 'quick' ? 'a' : 'b', 10);
    }
    expect(kinds.filter((kind) => kind === 'quick')).toHaveLength(30);
  });

  it('are left free by a kind for others, beyond its first', () => {
    const room = new Room(4, { slow: { weight: 1, leaves: 0.5, perOwner: 1 } });
    for (const owner of ['a', 'b', 'c']) room.ask('slow', owner);
    expect(room.news()).toEqual(['slow of a', 'slow of b']);
    room.ask('quick', 'd');
    room.ask('quick', 'd');
    expect(room.news()).toEqual(['quick of d', 'quick of d']);
    room.end('slow', 'a');
    expect(room.news()).toEqual([]);
    room.end('slow', 'b');
    expect(room.news()).toEqual(['slow of c']);
  });

  it('are held by one owner up to its part, whatever is free', () => {
    const room = new Room(4, { slow: { weight: 1, leaves: 0, perOwner: 0.5 } });
    for (let i = 0; i < 3; i++) room.ask('slow', 'a');
    expect(room.news()).toHaveLength(2);
    room.ask('slow', 'b');
    expect(room.news()).toEqual(['slow of b']);
    room.end('slow', 'a');
    expect(room.news()).toEqual(['slow of a']);
  });

  it('have no share for work of many owners', () => {
    const room = new Room(4, { slow: { weight: 1, leaves: 0, perOwner: 0.25 } });
    for (let i = 0; i < 5; i++) room.ask('slow', null);
    expect(room.news()).toHaveLength(4);
    room.end('slow', null);
    expect(room.news()).toEqual(['slow of null']);
  });

  it('are waited for in a bounded line of each owner, which can be left', () => {
    const room = new Room(1, {}, 2);
    room.ask('quick', 'a');
    const first = room.ask('quick', 'a', 'first');
    room.ask('quick', 'a', 'second');
    expect(room.ask('quick', 'a')).toBeNull();
    expect(room.ask('quick', 'b')).toBeInstanceOf(Function);
    expect(first?.()).toBe(true);
    expect(first?.()).toBe(false);
    room.news();
    room.end('quick', 'a');
    room.end('quick', 'b');
    expect(room.news()).toEqual(['quick of b', 'second']);
    expect(room.slots.waiting).toBe(0);
  });

  it('forget what owners had once nobody waits', () => {
    const room = new Room(1);
    room.ask('quick', 'a');
    room.ask('quick', 'b');
    room.end('quick', 'a', 10_000);
    room.end('quick', 'b', 1);
    room.news();
    room.ask('quick', 'c');
    room.ask('quick', 'a');
    room.ask('quick', 'b');
    room.end('quick', 'c', 1);
    expect(room.news()).toEqual(['quick of c', 'quick of a']);
  });
});
