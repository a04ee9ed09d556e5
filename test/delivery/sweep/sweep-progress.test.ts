import { expect, test } from '@jest/globals';
import { COMMIT_MARGIN_MS } from '../../../src/delivery/dispatch/commit-margin.js';
import { SweepProgress } from '../../../src/delivery/sweep/sweep-progress.js';

function start() {
  const time = { database: 1_000_000, node: 0 };
  const progress = new SweepProgress({ now: () => time.database }, { now: () => time.node }, 1_000);
  const pass = (ms: number) => {
    time.database += ms;
    time.node += ms;
  };
  return { time, progress, pass };
}

test('a look has seen what was visible when it began, but for late commits', () => {
  const { progress, pass } = start();
  const began = progress.here;
  pass(300);
  expect(progress.since).toBe(1_000_000 - COMMIT_MARGIN_MS);
  pass(300);
  progress.looked(began);
  expect(progress.since).toBe(1_000_000 - COMMIT_MARGIN_MS);
  progress.looked(progress.here);
  expect(progress.since).toBe(1_000_600 - COMMIT_MARGIN_MS);
});

test('it is fresh for two intervals after a look', () => {
  const { progress, pass } = start();
  pass(2_000);
  expect([progress.fresh, progress.sinceLook]).toEqual([true, 2_000]);
  pass(1);
  expect(progress.fresh).toBe(false);
  progress.looked(progress.here);
  expect([progress.fresh, progress.sinceLook]).toEqual([true, 0]);
});

test('where the clock of the database goes back, it goes back, too', () => {
  const { time, progress, pass } = start();
  pass(1_000);
  time.database -= 60_000;
  expect(progress.since).toBe(1_000_000 - 60_000 - COMMIT_MARGIN_MS);
});
