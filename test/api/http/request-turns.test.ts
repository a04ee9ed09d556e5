import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RequestTurns } from '../../../src/api/http/request-turns.js';
import { TurnedTimers } from '../../support/turned-timers.js';

describe('turns of requests', () => {
  let timers: TurnedTimers;
  let spacingMs: number;
  let turns: RequestTurns;
  let begun: string[];
  beforeEach(() => {
    timers = new TurnedTimers();
    timers.forward(1);
    spacingMs = 0;
    const pace = {
      get spacingMs() {
        return spacingMs;
      },
      watch() {},
    };
    turns = new RequestTurns(timers, pace);
    begun = [];
  });
  const enter = (tenantId: string, count = 1) => {
    for (let i = 0; i < count; i++) {
      void Promise.resolve(turns.enter(tenantId)).then(() => begun.push(tenantId));
    }
  };

  it('begin a few at once, and again in the next turn of the event loop', async () => {
    enter('a', 17);
    await Promise.resolve();
    expect(begun).toHaveLength(16);
    await nextTurn();
    expect(begun).toHaveLength(17);
    enter('a', 10);
    await Promise.resolve();
    expect(begun).toHaveLength(27);
  });

  it('go to tenants in turn, however many requests one of them has', async () => {
    enter('a', 100);
    enter('b', 1);
    await Promise.resolve();
    expect(begun).not.toContain('b');
    await nextTurn();
    expect(begun.slice(0, 18)).toEqual([...Array(17).fill('a'), 'b']);
    while (begun.length < 101) await nextTurn();
    expect(begun.filter((tenant) => tenant === 'a')).toHaveLength(100);
  });

  it('begin fewer where a turn takes long, but always one', async () => {
    enter('a', 100);
    await Promise.resolve();
    const counts: number[] = [];
    for (let i = 0; i < 8; i++) {
      const before = begun.length;
      timers.forward(50);
      await nextTurn();
      counts.push(begun.length - before);
    }
    expect(counts).toEqual([16, 8, 4, 2, 1, 1, 1, 1]);
    while (begun.length < 100) await nextTurn();
    await nextTurn();
    enter('a', 20);
    await Promise.resolve();
    expect(begun).toHaveLength(116);
    while (begun.length < 120) await nextTurn();
  });

  it('begin at once only until they have taken long, and no more than so many in the turns that follow', async () => {
    for (let i = 0; i < 16; i++) {
      enter('a');
      timers.forward(3);
    }
    await Promise.resolve();
    expect(begun).toHaveLength(3);
    await nextTurn();
    // A turn that was not long makes the next one begin one more.
    expect(begun).toHaveLength(7);
    while (begun.length < 16) await nextTurn();
  });

  it('begin all that come at once while one tenant is alone, and few once another asks', async () => {
    enter('a');
    timers.forward(1_001);
    await nextTurn();
    enter('a', 100);
    await Promise.resolve();
    expect(begun).toHaveLength(101);
    await nextTurn();
    enter('b');
    enter('a', 100);
    await Promise.resolve();
    expect(begun).toHaveLength(101 + 16);
    while (begun.length < 202) await nextTurn();
    enter('a', 100);
    await Promise.resolve();
    expect(begun).toHaveLength(202 + 16);
    while (begun.length < 302) await nextTurn();
  });

  /** Counts what begins within so many milliseconds. */
  const begunWithin = async (ms: number): Promise<number> => {
    const before = begun.length;
    for (let i = 0; i < ms; i++) {
      timers.forward(1);
      await nextTurn();
    }
    return begun.length - before;
  };

  it('of a tenant with most of them are spaced on a busy node, and nobody waits for that', async () => {
    spacingMs = 1;
    enter('b');
    enter('a', 100);
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual(['b', 'a', 'a', 'a']);
    enter('b');
    await Promise.resolve();
    expect(begun).toEqual(['b', 'a', 'a', 'a', 'b']);
    expect(await begunWithin(20)).toBe(20);
    spacingMs = 0.5;
    await begunWithin(4);
    expect(await begunWithin(20)).toBe(40);
  });

  it('are never further apart than what one takes, or a millisecond', async () => {
    spacingMs = 40;
    enter('b');
    enter('a', 200);
    await nextTurn();
    expect(await begunWithin(50)).toBe(50);
    for (let i = 0; i < 100; i++) {
      turns.leave('a', 10);
      enter('a');
    }
    await begunWithin(20);
    expect(await begunWithin(100)).toBe(10);
  });

  it('are not spaced where all have as many', async () => {
    spacingMs = 20;
    enter('a', 10);
    enter('b', 10);
    while (begun.length < 20) await nextTurn();
    expect(timers.now()).toBe(1);
  });

  it('count as a share of the node until they leave it', async () => {
    spacingMs = 20;
    enter('a', 16);
    await nextTurn();
    for (let i = 0; i < 16; i++) turns.leave('a', 1);
    enter('b', 10);
    enter('a');
    await Promise.resolve();
    expect(begun.at(-1)).toBe('a');
  });
});
