import { expect, it } from '@jest/globals';
import { awakeTimers } from '../../../src/lib/time/awake-timers.js';
import { standStill } from '../../support/stand-still.js';

const fired = (ms: number): Promise<number> => {
  const begun = performance.now();
  return new Promise((resolve) => awakeTimers.after(ms, () => resolve(performance.now() - begun)));
};

it('a timer that came late because the process stood still begins anew, once', async () => {
  const waited = fired(100);
  standStill(600);
  expect(await waited).toBeGreaterThanOrEqual(700);
});

it('a timer is cancelled, also after it began anew', async () => {
  let ran = false;
  const cancel = awakeTimers.after(300, () => {
    ran = true;
  });
  const probe = fired(310);
  standStill(900);
  await fired(50);
  cancel();
  await probe;
  expect(ran).toBe(false);
});
