import { expect, test } from '@jest/globals';
import { startBootstrapKey } from '../../src/app/parts/bootstrap-key.js';
import { silentLogger } from '../../src/core/ports/logger.js';

/** A store that is away for some calls, and the timers that were set meanwhile. */
function setUp(failures: number) {
  const timers = new Map<() => void, number>();
  let calls = 0;
  const starting = startBootstrapKey({
    store: {
      async ensureBootstrapKey() {
        if (calls++ < failures) throw new Error('away');
      },
    },
    key: 'a-key-of-the-operator',
    logger: silentLogger,
    timers: {
      after(ms, run) {
        timers.set(run, ms);
        return () => timers.delete(run);
      },
    },
  });
  return { starting, timers, calls: () => calls };
}

test('a node starts while the database is away, and tries again after a second', async () => {
  const { starting, timers, calls } = setUp(1);
  await starting;
  expect([...timers.values()]).toEqual([1000]);
  const [run] = timers.keys();
  timers.clear();
  run?.();
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls()).toBe(2);
  expect(timers.size).toBe(0);
});

test('a node that stops no longer tries', async () => {
  const { starting, timers } = setUp(1);
  await (await starting).stop();
  expect(timers.size).toBe(0);
});
