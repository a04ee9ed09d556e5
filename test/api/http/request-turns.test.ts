import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { RequestTurns } from '../../../src/api/http/request-turns.js';
import { TurnedTimers } from '../../support/turned-timers.js';

describe('turns of requests', () => {
  let timers: TurnedTimers;
  let pauseMs: number;
  let turns: RequestTurns;
  let begun: string[];
  beforeEach(() => {
    timers = new TurnedTimers();
    timers.forward(1);
    pauseMs = 0;
    const pace = {
      get pauseMs() {
        return pauseMs;
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

  it('of a tenant with most of them pause on a busy node, and nobody waits for that', async () => {
    pauseMs = 20;
    enter('b');
    enter('a', 40);
    await Promise.resolve();
    await nextTurn();
    await nextTurn();
    const paused = ['b', ...Array(17).fill('a')];
    expect(begun).toEqual(paused);
    enter('b');
    await Promise.resolve();
    expect(begun.at(-1)).toBe('b');
    timers.forward(19);
    await nextTurn();
    expect(begun).toEqual([...paused, 'b']);
    timers.forward(1);
    await nextTurn();
    expect(begun).toEqual([...paused, 'b', ...Array(16).fill('a')]);
  });

  it('do not pause where all have as many', async () => {
    pauseMs = 20;
    enter('a', 10);
    enter('b', 10);
    while (begun.length < 20) await nextTurn();
    expect(timers.now()).toBe(1);
  });

  it('count as a share of the node until they leave it', async () => {
    pauseMs = 20;
    enter('a', 16);
    await nextTurn();
    for (let i = 0; i < 16; i++) turns.leave('a');
    enter('b', 10);
    enter('a');
    await Promise.resolve();
    expect(begun.at(-1)).toBe('a');
  });
});
