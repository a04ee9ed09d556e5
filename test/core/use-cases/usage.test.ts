import { beforeEach, describe, expect, it, test } from '@jest/globals';
import { bucketOf } from '../../../src/core/domain/usage/delivery-time.js';
import type { UsageCounts, UsageQuery } from '../../../src/core/ports/stores/usage-store.js';
import { usage } from '../../../src/core/use-cases/usage.js';
import { TENANT } from './support.js';

const NOW = Date.parse('2026-11-29T12:34:56.789Z');

const counts = (rest: Partial<UsageCounts> = {}): UsageCounts => ({
  ...{ accepted: 1, acceptedBytes: 2, delivered: 3, recalled: 4, expired: 5, globals: 6 },
  ...{ liveEvents: 7, connects: 8, refused: 9, webhookAttempts: 10, peakConnections: 11, times: { buckets: [], counts: [] } },
  ...rest,
});

describe('usage', () => {
  let asked: Array<{ tenantId: string } & UsageQuery>;
  let found: UsageCounts | null;
  beforeEach(() => {
    asked = [];
    found = null;
  });
  const ask = (during: { from?: string | null; to?: string | null }, step: 'HOUR' | 'DAY' = 'HOUR') =>
    usage({
      store: {
        async usageOf(tenantId, query) {
          asked.push({ tenantId, ...query });
          return new Array<UsageCounts | null>(query.steps).fill(null).map((none, i) => (i === 0 ? found : none));
        },
      },
      clock: { now: () => NOW },
    })(TENANT, { during, step });
  const times = (entries: Array<{ from: Date; to: Date }>) =>
    entries.map(({ from, to }) => [from.toISOString(), to.toISOString()]);

  it('has an entry for each step that the range touches, with zeros where there was nothing', async () => {
    const entries = await ask({ from: '2026-11-29T10:30:00Z', to: '2026-11-29T12:00:00.001Z' });
    expect(times(entries)).toEqual([
      ['2026-11-29T10:00:00.000Z', '2026-11-29T11:00:00.000Z'],
      ['2026-11-29T11:00:00.000Z', '2026-11-29T12:00:00.000Z'],
      ['2026-11-29T12:00:00.000Z', '2026-11-29T13:00:00.000Z'],
    ]);
    const { from: _, to: __, ...nothing } = entries[0] as (typeof entries)[number];
    expect(nothing).toEqual({
      ...{ accepted: 0, acceptedBytes: 0, delivered: 0, recalled: 0, expired: 0, globals: 0, liveEvents: 0 },
      ...{ connects: 0, refused: 0, peakConnections: 0, webhookAttempts: 0, deliverySeconds: null },
    });
  });

  it('answers exactly the step whose bounds are given, and one for a moment', async () => {
    expect(await ask({ from: '2026-11-29T10:00:00Z', to: '2026-11-29T11:00:00Z' })).toHaveLength(1);
    expect(times(await ask({ from: '2026-11-29T10:00:00Z', to: '2026-11-29T10:00:00Z' }))[0]?.[0]).toBe(
      '2026-11-29T10:00:00.000Z',
    );
    expect(await ask({ from: '2026-11-29', to: '2026-11-29' })).toHaveLength(24);
  });

  it('goes on until now if no end is given, also for a caller whose clock is ahead', async () => {
    expect(await ask({ from: '2026-11-29' })).toHaveLength(13);
    expect(await ask({ from: '2026-11-29', to: null }, 'DAY')).toHaveLength(1);
    expect(times(await ask({ from: '2026-11-29T13:00:01Z' }))).toEqual([
      ['2026-11-29T13:00:00.000Z', '2026-11-29T14:00:00.000Z'],
    ]);
  });

  it('takes days as those of UTC', async () => {
    expect(times(await ask({ from: '2026-11-27T23:00:00-05:00', to: '2026-11-29' }, 'DAY'))).toEqual([
      ['2026-11-28T00:00:00.000Z', '2026-11-29T00:00:00.000Z'],
      ['2026-11-29T00:00:00.000Z', '2026-11-30T00:00:00.000Z'],
    ]);
    const firstHour = Date.parse('2026-11-28T00:00:00Z') / 3_600_000;
    expect(asked).toEqual([{ tenantId: TENANT, firstHour, hoursPerStep: 24, steps: 2 }]);
  });

  it('answers what the store has, with the times of deliveries', async () => {
    found = counts({ times: { buckets: [bucketOf(100), bucketOf(1_000)], counts: [98, 2] } });
    const [entry] = await ask({ from: '2026-11-29' }, 'DAY');
    const { times: _, ...plain } = found;
    expect(entry).toMatchObject(plain);
    expect(entry).not.toHaveProperty('times');
    expect(entry?.deliverySeconds?.p50).toBeCloseTo(0.1, 2);
    expect(entry?.deliverySeconds?.p99).toBeCloseTo(1, 1);
  });

  it('gives at most 1,000 steps', async () => {
    expect(await ask({ from: '2026-10-18T20:00:00Z', to: '2026-11-29T12:00:00Z' })).toHaveLength(1_000);
    await expect(ask({ from: '2026-10-18T19:59:59.999Z', to: '2026-11-29T12:00:00Z' })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      details: { field: 'during' },
    });
    expect(asked).toHaveLength(1);
  });

  test.each([
    [{}, 'during.from'],
    [{ from: null, to: '2026-11-29' }, 'during.from'],
    [{ from: 'yesterday' }, 'during.from'],
    [{ from: '2026-11-29', to: '2026-02-30' }, 'during.to'],
    [{ from: '2026-11-29', to: '2026-11-28' }, 'during.from'],
    [{ from: '1970-01-01' }, 'during'],
  ])('refuses %j', async (during, field) => {
    await expect(ask(during)).rejects.toMatchObject({ code: 'BAD_USER_INPUT', details: { field } });
    expect(asked).toEqual([]);
  });
});
