import { beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { DatabaseAvailability } from '../../../src/store/database/database-availability.js';

describe('whether the database is there', () => {
  let now: number;
  let warnings: number;
  let availability: DatabaseAvailability;
  beforeEach(() => {
    now = 100_000;
    warnings = 0;
    const logger = { ...silentLogger, warn: () => warnings++ };
    availability = new DatabaseAvailability(logger, { now: () => now });
  });
  const state = () => ({ available: availability.available, silent: availability.silent });

  it('is false from a failure to the next answer, and told once', () => {
    expect(state()).toEqual({ available: true, silent: false });
    availability.away(new Error('gone'));
    availability.away(new Error('gone'));
    expect(availability.available).toBe(false);
    expect(warnings).toBe(1);
    availability.answered();
    expect(state()).toEqual({ available: true, silent: false });
  });

  it('is false while statements have got no answer for 2.5 s', () => {
    availability.begin();
    now += 2_499;
    expect(availability.available).toBe(true);
    now++;
    expect(state()).toEqual({ available: false, silent: true });
    availability.answered();
    availability.end();
    expect(state()).toEqual({ available: true, silent: false });
    now += 60_000;
    expect(state()).toEqual({ available: true, silent: false });
    expect(availability.unheardMs).toBe(60_000);
  });

  it('is no silence while others are answered, though one connection broke', () => {
    availability.answered();
    availability.away(new Error('broken'));
    expect(state()).toEqual({ available: false, silent: false });
    now += 1_000;
    expect(state()).toEqual({ available: false, silent: true });
  });
});
