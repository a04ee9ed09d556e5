import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import type { RecordedActivity } from '../../src/core/ports/stores/activity-store.js';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, HOUR_MS, push, type StoreHarness, someTenant } from './store-harness.js';

const MINUTE = 60_000;

export function describeActivity(get: () => StoreHarness): void {
  describe('activity', () => {
    const RETENTION = 7 * DAY_MS;
    let a: Store;
    let b: Store;
    let tenantId: string;
    let now: number;
    beforeEach(async () => {
      [a, b] = (await Promise.all([1, 2].map(() => get().open({ activityRetentionMs: RETENTION })))) as [Store, Store];
      tenantId = (await a.createTenant(`activity ${someTenant()}`)).id;
      now = a.clock.now();
    });
    afterEach(async () => {
      await Promise.all([a.close(), b.close()]);
    });

    /** An entry of so long ago, of the recipient `r` unless told. */
    const entry = (agoMs: number, over: Partial<RecordedActivity> = {}): RecordedActivity => {
      const at = new Date(now - agoMs);
      const id = uuidv7({ msecs: at.getTime() });
      return {
        ...{ tenantId, recipient: 'r', revocation: 0, id, kind: 'CONNECTED', at, lastAt: at, times: 1, connectionId: id },
        ...{ connectedSeconds: null, reason: null, closeCode: null, topic: 'news', protocol: 'V1', node: 'one' },
        ...{ sourceIp: '203.0.113.7', origin: 'https://example.org', userAgent: 'a "browser", \\ and so on' },
        ...over,
      };
    };
    const refusal = (agoMs: number, over: Partial<RecordedActivity> = {}) =>
      entry(agoMs, { kind: 'REFUSED', reason: 'ORIGIN', connectionId: null, protocol: 'PLAIN', ...over });
    const list = async (recipient = 'r') => (await b.listActivity(tenantId, recipient, null, 1000)).items;
    const tidy = async (store = a) => {
      for (let i = 0; i < 100; i++) if (!(await store.cleanUpActivity())?.more) return;
    };

    it('comes back as it was recorded, newest first, page by page, each recipient its own', async () => {
      const entries = [
        entry(3_000),
        entry(2_000, { kind: 'DISCONNECTED', connectedSeconds: 1, closeCode: 1001 }),
        refusal(1_000, { closeCode: 4403, sourceIp: null, origin: null, userAgent: null, topic: null }),
      ];
      await a.recordActivity([...entries, entry(500, { recipient: 's' }), entry(400, { recipient: 'r ' })]);
      const expected = entries.toReversed().map(({ tenantId: _, recipient: __, revocation: ___, ...activity }) => activity);
      expect(await list()).toEqual(expected);
      const first = await b.listActivity(tenantId, 'r', null, 2);
      expect(first).toEqual({ items: expected.slice(0, 2), next: expected[1]?.id });
      expect(await b.listActivity(tenantId, 'r', first.next, 2)).toEqual({ items: expected.slice(2), next: null });
      expect(await list('nobody')).toEqual([]);
      expect((await b.listActivity(randomUUID(), 'r', null, 10)).items).toEqual([]);
    });

    it('that is written twice is there once', async () => {
      const entries = [entry(2_000), entry(1_000, { kind: 'DISCONNECTED' })];
      await a.recordActivity(entries);
      await b.recordActivity(entries);
      expect(await list()).toHaveLength(2);
    });

    it('of equal refusals within an hour is one entry, whichever nodes met them', async () => {
      await a.recordActivity([refusal(50 * MINUTE), refusal(40 * MINUTE)]);
      const writes = Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).recordActivity([refusal(1_000 + i), refusal(2_000)]));
      await Promise.all(writes);
      const [only, ...others] = await list();
      expect(others).toEqual([]);
      expect(only?.times).toBe(22);
      expect((only?.lastAt.getTime() ?? 0) - (only?.at.getTime() ?? 0)).toBeGreaterThan(49 * MINUTE);
    });

    it.each<[string, Partial<RecordedActivity>]>([
      ['reason', { reason: 'TOKEN_EXPIRED' }],
      ['topic', { topic: null }],
      ['origin', { origin: 'https://example.com' }],
      ['address', { sourceIp: null }],
    ])('of refusals that differ in their %s is two entries', async (_, other) => {
      await a.recordActivity([refusal(2_000), refusal(1_000, other), refusal(500)]);
      expect((await list()).map(({ times }) => times).toSorted()).toEqual([1, 2]);
    });

    it('of a refusal an hour after the first one is an entry of its own, and counted from there', async () => {
      await a.recordActivity([refusal(130 * MINUTE)]);
      await a.recordActivity([refusal(69 * MINUTE), refusal(68 * MINUTE)]);
      await a.recordActivity([refusal(10 * MINUTE)]);
      await a.recordActivity([refusal(5 * MINUTE)]);
      expect((await list()).map(({ times }) => times)).toEqual([1, 3, 1]);
    });

    it('is not recorded of a token from before its erasure, and goes with an erasure', async () => {
      await a.recordActivity([entry(5_000), refusal(4_000), entry(3_000, { recipient: 's' })]);
      const { number } = await b.erase(tenantId, 'r', HOUR_MS);
      expect(await list()).toEqual([]);
      await a.recordActivity([entry(0, { kind: 'DISCONNECTED' }), refusal(0), entry(0, { revocation: number - 1 })]);
      expect(await list()).toEqual([]);
      await a.recordActivity([entry(0, { revocation: number })]);
      expect(await list()).toHaveLength(1);
      // What is revoked later is no erasure.
      await b.revoke(tenantId, 'r', HOUR_MS);
      await a.recordActivity([refusal(0, { reason: 'TOKEN_REVOKED', revocation: number })]);
      expect(await list()).toHaveLength(2);
      expect(await list('s')).toHaveLength(1);
    });

    it('leaves no trace when it is written while its recipient is being erased', async () => {
      for (let round = 0; round < 10; round++) {
        const recipient = `r${round}`;
        const writes = Array.from({ length: 10 }, (_, i) => a.recordActivity([entry(i, { recipient })]));
        await Promise.all([...writes.slice(0, 5), b.erase(tenantId, recipient, HOUR_MS), ...writes.slice(5)]);
        expect(await list(recipient)).toEqual([]);
      }
    });

    it('of a tenant goes with it, and none is recorded of one that is gone', async () => {
      const { id, name } = await a.createTenant(`gone ${someTenant()}`);
      await a.recordActivity([entry(0, { tenantId: id })]);
      expect((await a.deleteTenant(name))?.rows).toBe(1);
      await a.recordActivity([entry(0, { tenantId: id }), entry(0)]);
      const [left] = await get().sql<{ n: number }>('SELECT count(*)::int AS n FROM activity WHERE tenant_id = $1', [id]);
      expect(left?.n).toBe(0);
      expect(await list()).toHaveLength(1);
    });

    it('is the last 200 entries of a recipient once it was cleaned up', async () => {
      const many = Array.from({ length: 450 }, (_, i) => entry(10_000 + i));
      const few = Array.from({ length: 200 }, (_, i) => entry(10_000 + i, { recipient: 's' }));
      await a.recordActivity([...many, ...few]);
      await tidy();
      expect((await list()).map(({ id }) => id)).toEqual(many.slice(0, 200).map(({ id }) => id));
      expect(await list('s')).toHaveLength(200);
      await a.recordActivity(Array.from({ length: 10 }, (_, i) => entry(i)));
      await tidy();
      expect(await list()).toHaveLength(200);
    });

    it('is cleaned up behind more than one step of it', async () => {
      await get().sql(
        `INSERT INTO activity (tenant_id, recipient, id, kind, at, last_at, times, node)
         SELECT $1, 'r' || i % 10, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'CONNECTED', at, at, 1, 'n'
         FROM (SELECT i, now() - interval '4 minutes' + i * interval '5 milliseconds' AS at FROM generate_series(1, 12000) i) AS s`,
        [tenantId],
      );
      await tidy();
      for (let i = 0; i < 10; i++) expect(await list(`r${i}`)).toHaveLength(200);
    });

    it('is kept for its retention; with 0, nothing is kept', async () => {
      await a.recordActivity([
        entry(RETENTION + MINUTE),
        entry(RETENTION - MINUTE),
        refusal(RETENTION + MINUTE, { lastAt: new Date(now) }),
      ]);
      await tidy();
      expect((await list()).map(({ kind }) => kind)).toEqual(['CONNECTED', 'REFUSED']);
      const none = await get().open({ activityRetentionMs: 0 });
      await tidy(none);
      expect(await list()).toEqual([]);
      await none.close();
    });

    describe('that is asked for', () => {
      it('is the newest of each recipient, now or at a moment', async () => {
        const [came, left, again] = [entry(90_000), entry(80_000), entry(70_000, { topic: null })];
        const late = new Date(now - 5_000);
        await a.recordActivity([
          came,
          { ...left, kind: 'DISCONNECTED', connectionId: came.id },
          refusal(75_000, { lastAt: late }),
          refusal(74_000, { reason: 'TOKEN_EXPIRED' }),
          again,
          refusal(1_000, { recipient: 's', sourceIp: null }),
        ]);
        const at = (agoMs: number) => ({ recipient: 'r', at: new Date(now - agoMs) });
        const asked = [{ recipient: 'r', at: null }, { recipient: 's', at: null }, at(72_000), at(85_000), at(100_000)];
        const [today, refused, between, before, first, ...others] = await b.lastActivity(tenantId, asked);
        expect(today).toMatchObject({ seenAt: again.at, open: [null], refusal: { at: late, reason: 'ORIGIN' } });
        expect(refused).toMatchObject({ seenAt: null, open: [], refusal: { reason: 'ORIGIN', sourceIp: null } });
        // What goes on beyond the moment counts as of that moment.
        expect(between).toMatchObject({ seenAt: left.at, open: [], refusal: { reason: 'ORIGIN', at: asked[2]?.at } });
        expect(before).toEqual({ seenAt: came.at, open: ['news'], refusal: null });
        expect(first).toEqual({ seenAt: null, open: [], refusal: null });
        expect(others).toEqual([]);
        expect(await b.lastActivity(tenantId, [])).toEqual([]);
      });

      it('has the facts about a connection, for its recipient only', async () => {
        const one = entry(1_000);
        await a.recordActivity([one]);
        const facts = {
          since: one.at,
          topic: 'news',
          protocol: 'V1',
          sourceIp: one.sourceIp,
          origin: one.origin,
          userAgent: one.userAgent,
        };
        const connections = [
          { recipient: 'r', connectionId: one.id },
          { recipient: 'r', connectionId: randomUUID() },
        ];
        expect(await b.connectionFacts(tenantId, connections)).toEqual(new Map([[one.id, facts]]));
        expect(await b.connectionFacts(tenantId, [{ recipient: 's', connectionId: one.id }])).toEqual(new Map());
        expect(await b.connectionFacts(randomUUID(), connections)).toEqual(new Map());
      });
    });

    describe('recipients', () => {
      it('are found by the beginning of their names, in the order of code points', async () => {
        const names = ['ann', 'anna', 'an%', 'an_', 'Ann', '\u{1f600}', '\u{ffff}', 'b', 'ann '];
        await push(a, tenantId, names);
        await push(
          a,
          tenantId,
          Array.from({ length: 30 }, (_, i) => `x${i}`),
        );
        for (let i = 0; i < 50; i++) await push(a, tenantId, 'ann');
        const sorted = ['Ann', 'an%', 'an_', 'ann', 'ann ', 'anna', 'b'];
        expect(await b.recipientsBeginning(tenantId, 'an', 50)).toEqual(['an%', 'an_', 'ann', 'ann ', 'anna']);
        expect(await b.recipientsBeginning(tenantId, 'ann', 2)).toEqual(['ann', 'ann ']);
        expect((await b.recipientsBeginning(tenantId, '', 50)).slice(0, 7)).toEqual(sorted);
        expect((await b.recipientsBeginning(tenantId, '', 50)).slice(-2)).toEqual(['\u{ffff}', '\u{1f600}']);
        expect(await b.recipientsBeginning(tenantId, 'x', 50)).toHaveLength(30);
        expect(await b.recipientsBeginning(tenantId, 'c', 50)).toEqual([]);
        expect(await b.recipientsBeginning(someTenant(), '', 50)).toEqual([]);
      });

      it('have what waits for them counted up to the quota, and the globals that have no row yet', async () => {
        const store = await get().open({ maxPendingPerRecipient: 3 });
        await push(a, tenantId, 'r');
        await push(a, tenantId, 'r', { expiresAt: new Date(Date.now() + HOUR_MS) });
        const expiresAt = new Date(Date.now() + HOUR_MS);
        const global = async (over: object) =>
          (await a.pushGlobal({ tenantId, message: 'g', topic: null, expiresAt, idempotency: null, ...over })).item;
        const [sent, topical, ended] = [await global({}), await global({ topic: 'news' }), await global({})];
        await global({ expiresAt: null });
        await a.recordGlobals([{ tenantId, globalMessageId: sent.id, recipient: 'r', revocation: 0, receipt: null }]);
        await a.cancel(tenantId, { ids: null, recipient: null, globalMessageId: ended.id, topic: null });
        expect(await store.pendingOf(tenantId, 'r')).toBe(3);
        expect(await store.awaitedGlobals(tenantId, 'r')).toEqual([topical]);
        await push(a, tenantId, 'r');
        expect(await store.pendingOf(tenantId, 'r')).toBe(3);
        expect(await store.pendingOf(tenantId, 's')).toBe(0);
        expect(await store.awaitedGlobals(tenantId, 's')).toEqual([sent, topical]);
        await store.close();
      });
    });
  });
}
