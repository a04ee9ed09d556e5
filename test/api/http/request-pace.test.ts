import { beforeEach, describe, expect, it } from '@jest/globals';
import { RequestPace } from '../../../src/api/http/request-pace.js';
import { TurnedTimers } from '../../support/turned-timers.js';

describe('the spacing of requests on a busy node', () => {
  let timers: TurnedTimers;
  let pace: RequestPace;
  beforeEach(() => {
    timers = new TurnedTimers();
    pace = new RequestPace(timers);
  });
  const hear = (lateMs: number, times: number) => {
    for (let i = 0; i < times; i++) pace.hear(lateMs);
  };

  it('is none while timers are in time', () => {
    pace.watch();
    timers.forward(900);
    expect(pace.spacingMs).toBe(0);
    hear(0.5, 100);
    expect(pace.spacingMs).toBe(0);
  });

  it('grows while they are late, up to a bound, and shrinks once they are not', () => {
    hear(8, 5);
    const few = pace.spacingMs;
    hear(8, 3);
    expect(few).toBeGreaterThan(0);
    expect(pace.spacingMs).toBeGreaterThan(few);
    hear(8, 100);
    expect(pace.spacingMs).toBe(40);
    hear(0, 20);
    expect(pace.spacingMs).toBeLessThan(40);
    hear(0, 200);
    expect(pace.spacingMs).toBe(0);
  });

  it('is small after one look at a process that was suspended', () => {
    pace.hear(60_000);
    hear(0, 8);
    expect(pace.spacingMs).toBeLessThan(10);
  });

  it('ends a second after tenants asked by turns', () => {
    pace.watch();
    hear(50, 20);
    expect(pace.spacingMs).toBe(40);
    timers.forward(2_000);
    expect(pace.spacingMs).toBe(0);
    const before = timers.now();
    timers.forward(100);
    expect(timers.now()).toBe(before + 100);
  });
});
