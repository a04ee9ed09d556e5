import { expect, test } from '@jest/globals';
import { advanceWatermark, type LookPosition } from '../../../src/store/pending/pending-watermark.js';

const MINUTE_MS = 60_000;
/** Milliseconds by which `from` lies before the look itself. */
const BACK_MS = 2_500;

/** Describes a look some seconds after the start of the test, by both clocks. */
const look = (second: number, fence: number, running: number[] = [], over: Partial<LookPosition> = {}): LookPosition => ({
  fence: `${fence}`,
  now: 1_000_000 + second * 1_000,
  sentAt: second * 1_000 - 1,
  answeredAt: second * 1_000 + 1,
  snapshot: `${Math.min(fence + 1, ...running)}:${fence + 1}:${running.join(',')}`,
  lateRows: '1false',
  ...over,
});

/**
 * Takes looks one after the other.
 *
 * @returns where each has to read from, in seconds before it; null for everything
 */
function looks(...positions: LookPosition[]): Array<number | null> {
  let last = null;
  const since: Array<number | null> = [];
  for (const position of positions) {
    const answer: ReturnType<typeof advanceWatermark> = advanceWatermark(last, position, 500);
    since.push(answer.since === null ? null : (position.now - answer.since - BACK_MS) / 1_000);
    last = answer.watermark;
  }
  return since;
}

test('the first look reads everything, the next ones what came since the look before', () => {
  expect(looks(look(0, 10), look(4, 11), look(8, 900))).toEqual([null, 4, 4]);
});

test('one after a look that failed reads on from the last that succeeded', () => {
  expect(looks(look(0, 10), look(4, 11), look(12, 13))).toEqual([null, 4, 8]);
});

test('what a transaction wrote that was open for long is read when it has ended, from before its beginning on, and not before', () => {
  expect(looks(look(0, 10), look(4, 20), look(8, 30, [25]), look(12, 40, [25, 39]), look(16, 50, [25]), look(20, 60))).toEqual([
    null,
    4,
    4,
    4,
    8,
    16,
  ]);
});

test('one that was open for more than half a minute, or before the first look, has everything read when it has ended', () => {
  expect(looks(look(0, 10, [5]), look(4, 20, [5]), look(8, 30), look(12, 31))).toEqual([null, 4, null, 4]);
  expect(looks(look(0, 1), ...[4, 8, 40].map((second) => look(second, second, [3])), look(44, 44)).at(-1)).toBe(null);
});

test('where numbers or the clock went back, everything is read; the look after it goes on as ever', () => {
  expect(looks(look(0, 100), look(4, 99), look(8, 101))).toEqual([null, null, 4]);
  const back = { now: 1_000_000 + 2_000 };
  expect(looks(look(0, 1), look(4, 2, [1], back), look(8, 3, [1], { now: back.now + 4_000 }))).toEqual([null, null, 4]);
});

test('after a pause of more than half a minute everything is read', () => {
  expect(looks(look(0, 10), look(MINUTE_MS / 1_000, 11))).toEqual([null, null]);
});

test('rows of globals that are made late cause doubt once; so does a first look, before which there may have been some', () => {
  const { watermark, doubt } = advanceWatermark(null, look(0, 1), 0);
  expect(doubt).toBe(true);
  expect(advanceWatermark(watermark, look(4, 2), 0).doubt).toBe(false);
  const late = advanceWatermark(watermark, look(4, 2, [], { lateRows: '1true' }), 0);
  expect(late.doubt).toBe(true);
  expect(advanceWatermark(late.watermark, look(8, 3, [], { lateRows: '1true' }), 0).doubt).toBe(false);
});
