import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { startRetentionLoop } from '../../src/app/parts/retention-loop.js';
import { silentLogger } from '../../src/core/ports/logger.js';

const NOTHING = { expired: 0, deleted: 0, more: false };
const FULL = { expired: 0, deleted: 5_000, more: true };

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

test('looks again later when there is no more to do, and after a failure', async () => {
  const answers = [NOTHING, { ...NOTHING, deleted: 10 }, new Error('away'), null, NOTHING];
  const asked: number[] = [];
  const loop = startRetentionLoop(
    [
      async () => {
        asked.push(Date.now());
        const answer = answers.shift();
        if (answer instanceof Error) throw answer;
        return answer ?? null;
      },
    ],
    silentLogger,
  );
  await jest.advanceTimersByTimeAsync(80_000);
  await loop.stop();
  const waits = asked.slice(1).map((at, i) => at - (asked[i] as number));
  for (const wait of waits) expect(wait).toBeGreaterThanOrEqual(10_000);
  expect(waits.length).toBeGreaterThan(3);
  const before = asked.length;
  await jest.advanceTimersByTimeAsync(80_000);
  expect(asked).toHaveLength(before);
});

test('pauses for as long as a piece took while there is more, and ever less the further it is behind', async () => {
  const PIECE_MS = 400;
  const began: number[] = [];
  const loop = startRetentionLoop(
    [
      async () => {
        began.push(Date.now());
        await new Promise((resolve) => setTimeout(resolve, PIECE_MS));
        return began.length === 120 ? NOTHING : FULL;
      },
    ],
    silentLogger,
  );
  await jest.advanceTimersByTimeAsync(110_000);
  const stopped = loop.stop();
  await jest.advanceTimersByTimeAsync(PIECE_MS);
  await stopped;
  const pauses = began.slice(1).map((at, i) => at - (began[i] as number) - PIECE_MS);
  expect(pauses[0]).toBeCloseTo(PIECE_MS * 0.99, -1);
  expect(pauses[49]).toBeCloseTo(PIECE_MS * 0.5, -1);
  expect(pauses[118]).toBeCloseTo(PIECE_MS * 0.25, -1);
  expect(pauses[119]).toBeGreaterThanOrEqual(10_000);
  expect(pauses[120]).toBeCloseTo(PIECE_MS * 0.99, -1);
});

test('ends after the piece of work under way', async () => {
  let finish = () => {};
  const work = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const loop = startRetentionLoop([() => work.then(() => NOTHING)], silentLogger);
  await jest.advanceTimersByTimeAsync(10_000);
  let ended = false;
  const ending = loop.stop().then(() => {
    ended = true;
  });
  await jest.advanceTimersByTimeAsync(1_000);
  expect(ended).toBe(false);
  finish();
  await ending;
});

test('does every task in turn: one that fails or has more to do holds up no other', async () => {
  const done: string[] = [];
  const rest = [FULL, NOTHING];
  const loop = startRetentionLoop(
    [
      async () => {
        done.push('fails');
        throw new Error('away');
      },
      async () => {
        done.push('has more');
        return rest.shift() ?? NOTHING;
      },
      async () => {
        done.push('has nothing');
        return NOTHING;
      },
    ],
    silentLogger,
  );
  await jest.advanceTimersByTimeAsync(10_001);
  await loop.stop();
  const round = ['fails', 'has more', 'has nothing'];
  // The second round comes at once.
  expect(done).toEqual([...round, ...round]);
});
