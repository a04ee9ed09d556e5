import { describe, expect, test } from '@jest/globals';
import { SLOT_MS, TimerWheel, type WheelEntry } from '../../../src/lib/time/timer-wheel.js';

describe('the timer wheel', () => {
  function beating(next: (now: number) => number | null) {
    const beats: number[] = [];
    const entry: WheelEntry = {
      slot: -1,
      beat(now) {
        beats.push(now);
        return next(now);
      },
    };
    return { beats, entry };
  }

  test('beats not before the time, and at most a slot after it', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating(() => null);
    wheel.schedule(entry, 1_000);
    for (let now = 0; now <= 2_000; now += 50) wheel.advance(now);
    expect(beats).toHaveLength(1);
    expect(beats[0]).toBeGreaterThanOrEqual(1_000);
    expect(beats[0]).toBeLessThanOrEqual(1_000 + SLOT_MS);
  });

  test('an earlier time counts, and the later one is skipped', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating(() => null);
    wheel.schedule(entry, 5_000);
    wheel.schedule(entry, 1_000);
    wheel.schedule(entry, 3_000);
    for (let now = 0; now <= 6_000; now += SLOT_MS) wheel.advance(now);
    expect(beats).toEqual([1_000]);
  });

  test('after a pause of the process every time that passed is beaten once', () => {
    const wheel = new TimerWheel(0);
    const { beats, entry } = beating((now) => now + 1_000);
    wheel.schedule(entry, 1_000);
    wheel.advance(60_000);
    expect(beats).toEqual([60_000]);
  });
});
