import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { OncePerTurn } from '../../src/lib/once-per-turn.js';

test('what is asked for several times in one turn runs once, and not in that turn', async () => {
  let runs = 0;
  const once = new OncePerTurn(() => runs++);
  once.ask();
  once.ask();
  expect([runs, once.asked]).toEqual([0, true]);
  await turn();
  expect([runs, once.asked]).toEqual([1, false]);
});

test('what is asked for while it runs, runs again in the next turn', async () => {
  let runs = 0;
  const once: OncePerTurn = new OncePerTurn(() => {
    if (++runs === 1) once.ask();
  });
  once.ask();
  await turn();
  expect(runs).toBe(1);
  await turn();
  expect(runs).toBe(2);
});
