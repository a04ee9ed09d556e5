import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { sleep, systemTimers } from '../../../src/lib/time/timers.js';
import { withTimeout } from '../../../src/lib/time/with-timeout.js';
import { leash } from '../../support/index.js';
import { standStill } from '../../support/stand-still.js';

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

test('what is late because the process stood still comes after what has arrived meanwhile', async () => {
  const echo = leash(spawn('cat', { stdio: ['pipe', 'pipe', 'inherit'] }));
  const said = once(echo.stdout, 'data');
  echo.stdin.write('an answer');
  const answer = withTimeout(said, 20, () => new Error('no answer in time'));
  let cancelled = true;
  const cancel = systemTimers.after(10, () => {
    cancelled = false;
  });
  systemTimers.after(1, cancel);
  standStill(1_000);
  expect(String(await answer)).toBe('an answer');
  await new Promise<void>((resolve) => systemTimers.after(5, resolve));
  expect(cancelled).toBe(true);
  echo.kill();
});
