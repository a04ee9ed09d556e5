import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runJanitor } from '../../src/core/janitor.js';
import { silentLogger } from '../../src/core/logger.js';

const NOTHING = { expired: 0, deleted: 0 };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('goes on soon while there is more, later when there is none, and after a failure', async () => {
  const answers = [{ expired: 1, deleted: 0 }, { expired: 0, deleted: 5_000 }, NOTHING, new Error('away'), null, NOTHING];
  const asked: number[] = [];
  const stop = runJanitor(
    {
      async cleanUp() {
        asked.push(Date.now());
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    },
    silentLogger,
  );
  await jest.advanceTimersByTimeAsync(80_000);
  await stop();
  const waits = asked.slice(1).map((at, i) => at - (asked[i] as number));
  expect(waits.slice(0, 2)).toEqual([50, 50]);
  for (const wait of waits.slice(2)) expect(wait).toBeGreaterThanOrEqual(10_000);
  expect(waits.length).toBeGreaterThan(3);
  const before = asked.length;
  await jest.advanceTimersByTimeAsync(80_000);
  expect(asked).toHaveLength(before);
});

test('leaves half of the time to others, however long a piece takes', async () => {
  const began: number[] = [];
  const stop = runJanitor(
    {
      async cleanUp() {
        began.push(Date.now());
        await new Promise((resolve) => setTimeout(resolve, 300));
        return { expired: 0, deleted: 1 };
      },
    },
    silentLogger,
  );
  await jest.advanceTimersByTimeAsync(12_000);
  const stopped = stop();
  await jest.advanceTimersByTimeAsync(300);
  await stopped;
  expect(began.slice(1, 3).map((at, i) => at - (began[i] as number))).toEqual([600, 600]);
});

test('ends after the piece of work under way', async () => {
  let finish = () => {};
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const stop = runJanitor({ cleanUp: () => work.then(() => NOTHING) }, silentLogger);
  await jest.advanceTimersByTimeAsync(10_000);
  let ended = false;
  const ending = stop().then(() => {
    ended = true;
  });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ended).toBe(false);
  finish();
  await ending;
});
