import { describe, expect, test } from '@jest/globals';
import { delayAfter, isSuccess } from '../../../../src/core/domain/webhook/attempt-schedule.js';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const failed = (attempt: number, httpStatus: number | null = 500, retryAfter: string | null = null) => ({
  ...{ attempt, httpStatus, retryAfter, now: NOW },
});
const [MINUTE, HOUR] = [60_000, 3_600_000];
const PLANNED = [5_000, 5 * MINUTE, 30 * MINUTE, ...[2, 5, 10, 14, 20, 24].map((hours) => hours * HOUR)];

describe('the next attempt', () => {
  test('comes by the schedule, a tenth earlier or later', () => {
    for (const [i, planned] of PLANNED.entries()) {
      expect(delayAfter(failed(i + 1), () => 0.5)).toBe(planned);
      expect(delayAfter(failed(i + 1), () => 0)).toBe(planned * 0.9);
      expect(delayAfter(failed(i + 1), () => 0.999999)).toBeLessThanOrEqual(planned * 1.1);
    }
    expect(delayAfter(failed(10), () => 0.5)).toBeNull();
    expect(delayAfter(failed(10, 429, '60'), () => 0.5)).toBeNull();
  });

  test.each([
    [429, '60', 60_000],
    [503, '120', 120_000],
    [503, 'Sun, 29 Nov 2026 12:10:00 GMT', 10 * MINUTE],
    [429, '999999999', 24 * HOUR],
    [429, '1', 5_000],
    [429, '-5', 5_000],
    [429, 'soon', 5_000],
    [429, '', 5_000],
    [429, 'Sun, 29 Nov 2020 12:10:00 GMT', 5_000],
    [500, '60', 5_000],
    [null, null, 5_000],
  ])('after %s with Retry-After %s comes after %s ms', (status, retryAfter, delay) => {
    expect(delayAfter(failed(1, status, retryAfter), () => 0.5)).toBe(delay);
  });

  test('only 2xx needs none', () => {
    expect([200, 204, 299].every(isSuccess)).toBe(true);
    expect([null, 100, 199, 300, 301, 304, 400, 410, 500].some(isSuccess)).toBe(false);
  });
});
