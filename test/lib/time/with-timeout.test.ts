import { expect, test } from '@jest/globals';
import { withTimeout } from '../../../src/lib/time/with-timeout.js';

/** Timers of which the test decides when they go off. */
function heldTimers() {
  const waiting = new Set<() => void>();
  return {
    waiting,
    after: (_ms: number, run: () => void) => {
      waiting.add(run);
      return () => waiting.delete(run);
    },
  };
}

const late = () => new Error('too late');

test('an answer in time is given on, and leaves no timer behind', async () => {
  const timers = heldTimers();
  expect(await withTimeout(Promise.resolve(7), 10, late, timers)).toBe(7);
  expect(timers.waiting.size).toBe(0);
});

test('a failure in time is given on, and leaves no timer behind', async () => {
  const timers = heldTimers();
  await expect(withTimeout(Promise.reject(new Error('no')), 10, late, timers)).rejects.toThrow('no');
  expect(timers.waiting.size).toBe(0);
});

test('what does not answer in time is refused', async () => {
  const timers = heldTimers();
  const answer = withTimeout(new Promise(() => {}), 10, late, timers);
  for (const run of timers.waiting) run();
  await expect(answer).rejects.toThrow('too late');
});
