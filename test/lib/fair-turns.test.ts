import { describe, expect, it } from '@jest/globals';
import { FairTurns } from '../../src/lib/fair-turns.js';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Turns whose clock stands still unless a piece of work takes its time. */
function start(turnMs?: number) {
  let time = 0;
  const done: string[] = [];
  const turns = new FairTurns(() => time, turnMs);
  const ask = (name: string, ms: number) =>
    turns.ask(name[0] as string, () => {
      time += ms;
      done.push(name);
    });
  const take = (ms: number) => {
    time += ms;
  };
  /** Answers what is done in the next turn of the event loop. */
  const next = async () => {
    const before = done.length;
    await turn();
    return done.slice(before);
  };
  return { turns, ask, take, next, done };
}

describe('fair turns', () => {
  it('run what comes in a turn of the event loop to come, short pieces of an owner in a row', async () => {
    const { ask, next, done } = start();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) ask(name, 0);
    expect(done).toEqual([]);
    expect(await next()).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'c2']);
  });

  it.each([undefined, 5, 3])('leave the rest for further turns once a turn has taken 5 ms, or %d', async (turnMs) => {
    const { ask, next } = start(turnMs);
    for (const name of ['a1', 'a2', 'a3', 'a4', 'a5']) ask(name, (turnMs ?? 5) / 2);
    expect(await next()).toEqual(['a1', 'a2']);
    expect(await next()).toEqual(['a3', 'a4']);
    expect(await next()).toEqual(['a5']);
  });

  it('give owners the same time, not the same number of pieces', async () => {
    const { ask, next, done } = start();
    for (let i = 0; i < 10; i++) ask(`a${i}`, 4);
    for (let i = 0; i < 40; i++) ask(`b${i}`, 1);
    while (done.length < 25) await next();
    const ofA = done.filter((name) => name.startsWith('a')).length;
    expect(ofA).toBeGreaterThanOrEqual(4);
    expect(ofA).toBeLessThanOrEqual(6);
  });

  it("count what follows a promise of theirs as its owner's time", async () => {
    const { turns, ask, take, next } = start();
    const order: string[] = [];
    const long = async () => {
      await turns.next('a');
      await Promise.resolve();
      take(4);
      order.push('a');
    };
    const all = [long(), long(), long()];
    ask('b1', 0);
    ask('b2', 0);
    expect(await next()).toEqual(['b1', 'b2']);
    expect(order).toEqual(['a', 'a']);
    await all.at(-1);
  });

  it('do not forgive an owner its debt because it had nothing to do for a moment', async () => {
    const { turns, ask, next, done } = start();
    turns.ask('a', () => {
      done.push('a');
    });
    ask('a-long', 20);
    for (let i = 0; i < 30; i++) ask(`b${i}`, 1);
    await next();
    await next();
    ask('a-again', 0);
    const before = done.length;
    while (!done.includes('a-again')) await next();
    expect(done.length - before).toBeGreaterThan(8);
  });

  it('let work begin at once while the turn has had little and nobody waits', async () => {
    const { turns, take, ask, next } = start();
    expect(turns.enter('a')).toBeNull();
    take(4);
    expect(turns.enter('b')).toBeNull();
    take(1);
    const waits = turns.enter('a');
    expect(waits).not.toBeNull();
    await waits;
    await turn();
    expect(turns.enter('a')).toBeNull();
    ask('b1', 0);
    expect(turns.enter('a')).not.toBeNull();
    await next();
  });

  it('tell a piece when it has taken its time', async () => {
    const { turns, take } = start();
    await turns.next('a');
    expect(turns.isSpent).toBe(false);
    take(5);
    expect(turns.isSpent).toBe(true);
    await turns.next('a');
    expect(turns.isSpent).toBe(false);
  });
});
