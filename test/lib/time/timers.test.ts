import { expect, test } from '@jest/globals';
import { sleep, systemTimers } from '../../../src/lib/time/timers.js';

test('what is to run later runs once, and not if it was cancelled', async () => {
  const ran: string[] = [];
  systemTimers.after(1, () => ran.push('kept'));
  systemTimers.after(1, () => ran.push('cancelled'))();
  await new Promise<void>((resolve) => systemTimers.after(5, resolve));
  expect(ran).toEqual(['kept']);
});

test('a sleep ends when its timers say so', async () => {
  let wake = () => {};
  const asked: number[] = [];
  const timers = {
    ...systemTimers,
    after: (ms: number, run: () => void) => {
      asked.push(ms);
      wake = run;
      return () => {};
    },
  };
  const sleeping = sleep(timers, 7);
  wake();
  await sleeping;
  expect(asked).toEqual([7]);
});
