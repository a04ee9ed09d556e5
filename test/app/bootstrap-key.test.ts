import { expect, test } from '@jest/globals';
import { startBootstrapKey } from '../../src/app/parts/bootstrap-key.js';
import { type Logger, silentLogger } from '../../src/core/ports/logger.js';
import { keepingLogger } from '../api/support/api.js';

/** A store that is away for some calls, and the timers that were set meanwhile. */
function setUp(failures: number, logger: Logger = silentLogger) {
  let now = 0;
  const timers = new Map<() => void, number>();
  let calls = 0;
  const starting = startBootstrapKey({
    store: {
      async ensureBootstrapKey() {
        if (calls++ < failures) throw new Error('away');
      },
    },
    key: 'a-key-of-the-operator',
    logger,
    timers: {
      now: () => now,
      after(ms, run) {
        timers.set(run, ms);
        return () => timers.delete(run);
      },
    },
  });
  /** Lets the next timer come. */
  const turn = async () => {
    const [[run, ms] = [() => {}, 0]] = timers;
    timers.delete(run);
    now += ms;
    run();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { starting, timers, turn, calls: () => calls };
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

test('a node that stops while it tries sets no other timer', async () => {
  let refuse = (_: Error) => {};
  const timers = new Set<() => void>();
  let calls = 0;
  const { stop } = await startBootstrapKey({
    store: {
      ensureBootstrapKey: () =>
        calls++ === 0
          ? Promise.reject(new Error('away'))
          : new Promise((_, reject) => {
              refuse = reject;
            }),
    },
    key: 'a-key-of-the-operator',
    logger: silentLogger,
    timers: {
      now: () => 0,
      after(_, run) {
        timers.add(run);
        return () => timers.delete(run);
      },
    },
  });
  const [again] = timers;
  timers.clear();
  again?.();
  await stop();
  refuse(new Error('away'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(timers.size).toBe(0);
});

test('a database that stays away is told once a minute', async () => {
  const logger = keepingLogger();
  const { starting, turn, calls } = setUp(125, logger);
  await starting;
  for (let second = 0; second < 124; second++) await turn();
  expect([calls(), logger.lines.length]).toEqual([125, 3]);
});
