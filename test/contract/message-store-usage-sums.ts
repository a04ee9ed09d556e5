import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bucketOf } from '../../src/core/domain/usage/delivery-time.js';
import type { Store } from '../../src/store/index.js';
import { HOUR_MS, push, type StoreHarness, someTenant } from './store-harness.js';
import { hourNow, sumUp, total, usageReport, usedBy } from './usage-harness.js';

/** Holds a store to its promises about sums of usage: reports of nodes, steps, ages. */
export function describeUsageSums(get: () => StoreHarness): void {
  describe('sums of usage', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    const knownTenant = async () => (await a.createTenant(`usage ${someTenant()}`)).id;
    const deltas = async (tenantId: string) =>
      (
        await get().sql(
          'SELECT FROM usage_deltas WHERE tenant_id = $1 UNION ALL SELECT FROM usage_reports WHERE tenant_id = $1',
          [tenantId],
        )
      ).length;
    const minuteNow = () => Math.floor(a.clock.now() / 60_000);

    it('are exact at any moment while two nodes write, and two sum up', async () => {
      const tenantId = await knownTenant();
      let accepted = 0;
      let delivered = 0;
      const write = async (store: Store, round: number) => {
        const ids = await push(store, tenantId, [`r${round}`, `s${round}`]);
        accepted += 2;
        await store.settle([{ tenantId, rowId: ids[0] ?? '', kind: 'ACK', at: store.clock.now() }]);
        delivered++;
      };
      let writing = true;
      const summing = [a, b].map(async (store) => {
        while (writing) await store.sumUpUsage();
      });
      const reading = (async () => {
        while (writing) {
          const [least, { accepted: found, delivered: settled }] = [{ accepted, delivered }, await usedBy(b, tenantId)];
          expect(found).toBeGreaterThanOrEqual(least.accepted);
          expect(settled).toBeGreaterThanOrEqual(least.delivered);
        }
      })();
      for (let round = 0; round < 40; round++) await Promise.all([write(a, round), write(b, -round), write(b, round + 1_000)]);
      writing = false;
      await Promise.all([...summing, reading]);
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 240, acceptedBytes: 240 * 5, delivered: 120 });
      await sumUp(a);
      expect(await deltas(tenantId)).toBe(0);
      expect(await usedBy(b, tenantId)).toMatchObject({ accepted: 240, acceptedBytes: 240 * 5, delivered: 120 });
    });

    it('have what nodes report, summed up or not; connections are those of all nodes at once', async () => {
      const tenantId = await knownTenant();
      const other = await knownTenant();
      const minute = minuteNow() - 10;
      const times = (ms: number, count: number) => ({ times: { buckets: [bucketOf(ms)], counts: [count] } });
      await a.reportUsage(1, [
        usageReport(tenantId, minute, { connections: 5, connects: 5, liveEvents: 7, ...times(10, 3) }),
        usageReport(tenantId, minute, { connections: 6, connects: 1 }),
        usageReport(other, minute, { connections: 1, refused: 2 }),
      ]);
      await b.reportUsage(2, [
        usageReport(tenantId, minute, { connections: 10, connects: 10, refused: 4, ...times(10, 1) }),
        usageReport(tenantId, minute + 1, { connections: 12, ...times(2_000, 5) }),
      ]);
      const read = () => a.usageOf(tenantId, { firstHour: Math.floor(minute / 60), hoursPerStep: 1, steps: 2 });
      const before = await read();
      expect(total(before)).toMatchObject({ connects: 16, refused: 4, liveEvents: 7, accepted: 0 });
      expect(Math.max(...before.map((step) => step?.peakConnections ?? 0))).toBe(16);
      expect(before.flatMap((step) => step?.times.counts ?? []).reduce((sum, n) => sum + n, 0)).toBe(9);
      await sumUp(b);
      expect(await deltas(tenantId)).toBe(0);
      expect(await read()).toEqual(before);
      expect(await usedBy(b, other)).toMatchObject({ connects: 0, refused: 2 });
      // A report that comes late is added.
      await a.reportUsage(1, [usageReport(tenantId, minute, { connections: 2, connects: 1, ...times(10, 1) })]);
      await sumUp(b);
      const after = (await read()).find((step) => step !== null);
      expect(after).toMatchObject({ peakConnections: 16 });
      expect(after?.times.buckets).toEqual([bucketOf(10), bucketOf(2_000)].slice(0, after?.times.buckets.length));
      expect(after?.times.counts[0]).toBe(5);
    });

    it('leave the minute under way to the next time, and answer it all the same', async () => {
      const tenantId = await knownTenant();
      await a.reportUsage(1, [usageReport(tenantId, minuteNow(), { connects: 1, connections: 1 })]);
      await sumUp(a);
      expect(await deltas(tenantId)).toBe(1);
      expect(await usedBy(a, tenantId)).toMatchObject({ connects: 1 });
    });

    it('of a day are those of its hours', async () => {
      const tenantId = await knownTenant();
      const day = Math.floor(hourNow(a) / 24) - 2;
      await get().sql(
        `INSERT INTO usage_deltas (tenant_id, hour, accepted, accepted_bytes, delivered)
         SELECT $1, $2::int * 24 + i, i + 1, 10 * i, i FROM generate_series(-1, 24) AS i`,
        [tenantId, day],
      );
      await a.reportUsage(
        1,
        Array.from({ length: 48 }, (_, i) =>
          usageReport(tenantId, day * 24 * 60 + i * 30, {
            connections: i,
            liveEvents: 1,
            times: { buckets: [i % 5, 100], counts: [1, 2] },
          }),
        ),
      );
      const compare = async () => {
        const hours = await a.usageOf(tenantId, { firstHour: day * 24, hoursPerStep: 1, steps: 24 });
        const [before, found, after] = await a.usageOf(tenantId, { firstHour: (day - 1) * 24, hoursPerStep: 24, steps: 3 });
        expect(hours.every((step) => step !== null)).toBe(true);
        expect(total([found ?? null])).toEqual(total(hours));
        expect(total(hours)).toMatchObject({ accepted: 300, acceptedBytes: 2_760, delivered: 276, liveEvents: 48 });
        expect(found?.peakConnections).toBe(47);
        expect(found?.times).toEqual({ buckets: [0, 1, 2, 3, 4, 100], counts: [10, 10, 10, 9, 9, 96] });
        expect([before?.accepted, after?.accepted]).toEqual([0, 25]);
      };
      await compare();
      await sumUp(a);
      expect(await deltas(tenantId)).toBe(0);
      await compare();
    });

    it('answer null for a step without anything, and nothing of other tenants', async () => {
      const tenantId = await knownTenant();
      await push(a, await knownTenant(), 'r');
      expect(await a.usageOf(tenantId, { firstHour: hourNow(a) - 1, hoursPerStep: 1, steps: 3 })).toEqual([null, null, null]);
    });

    it('are kept for 400 days', async () => {
      const tenantId = await knownTenant();
      const oldest = hourNow(a) - 400 * 24;
      await get().sql(
        'INSERT INTO usage_hours (tenant_id, hour, accepted) SELECT $1, $2::int + i, 1 FROM generate_series(-40, 5) AS i',
        [tenantId, oldest],
      );
      const fresh = await get().open();
      await sumUp(fresh);
      await fresh.close();
      const [row] = await get().sql<{ hours: number; first: number }>(
        'SELECT count(*)::int AS hours, min(hour) AS first FROM usage_hours WHERE tenant_id = $1',
        [tenantId],
      );
      // The hour may have ended meanwhile.
      expect([oldest, oldest + 1]).toContain(row?.first);
      expect(row?.hours).toBe(oldest + 6 - (row?.first ?? 0));
    });

    it('go with their tenant, and what is counted for it afterwards is dropped', async () => {
      const name = `usage ${someTenant()}`;
      const { id: tenantId } = await a.createTenant(name);
      await push(a, tenantId, 'r');
      await sumUp(a);
      await push(a, tenantId, 'r');
      await a.reportUsage(1, [usageReport(tenantId, minuteNow(), { connects: 1 })]);
      expect((await a.deleteTenant(name))?.rows).toBe(2);
      expect(await deltas(tenantId)).toBe(0);
      expect(await get().sql('SELECT FROM usage_hours WHERE tenant_id = $1', [tenantId])).toEqual([]);
      await push(b, tenantId, 'r');
      await b.reportUsage(2, [usageReport(tenantId, minuteNow() - 10, { connects: 1 })]);
      await sumUp(b);
      expect(await deltas(tenantId)).toBe(0);
      expect(await get().sql('SELECT FROM usage_hours WHERE tenant_id = $1', [tenantId])).toEqual([]);
    });

    it('tell the names of tenants that exist', async () => {
      const { id, name } = await a.createTenant(`usage ${someTenant()}`);
      expect(await a.tenantNames([id, someTenant()])).toEqual(new Map([[id, name]]));
      expect(await a.tenantNames([])).toEqual(new Map());
    });

    it('an hour of the past that a node reports late is that hour', async () => {
      const tenantId = await knownTenant();
      const hour = hourNow(a) - 30;
      await a.reportUsage(1, [
        usageReport(tenantId, hour * 60 + 59, { connects: 3 }),
        usageReport(tenantId, hour * 60 + 60, { connects: 1 }),
      ]);
      await sumUp(a);
      const steps = await a.usageOf(tenantId, { firstHour: hour - 1, hoursPerStep: 1, steps: 4 });
      expect(steps.map((step) => step?.connects ?? 0)).toEqual([0, 3, 1, 0]);
      expect(Math.floor((a.clock.now() - hour * HOUR_MS) / HOUR_MS)).toBeGreaterThanOrEqual(30);
    });
  });
}
