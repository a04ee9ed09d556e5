import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { globalRowId } from '../../src/core/domain/message-ids.js';
import type { GlobalDelivery, Receipt } from '../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, HOUR_MS, push, pushCall, type StoreHarness, someKey, someTenant } from './store-harness.js';
import { sumUp, usedBy } from './usage-harness.js';

/** Holds a store to "each message is counted once, in the transaction that made or settled it". */
export function describeUsage(get: () => StoreHarness): void {
  describe('usage', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    const all = { ids: null, recipient: null, globalMessageId: null, topic: null };
    const names = (count: number) => Array.from({ length: count }, (_, i) => `r${i}`);
    const knownTenant = async () => (await a.createTenant(`usage ${someTenant()}`)).id;
    const receipt = (tenantId: string, rowId: string | undefined, rest: Partial<Receipt> = {}): Receipt => ({
      ...{ tenantId, rowId: rowId ?? '', kind: 'PONG', at: a.clock.now() },
      ...rest,
    });
    const delivery = (tenantId: string, globalMessageId: string, recipient: string, at: number | null): GlobalDelivery => ({
      ...{ tenantId, globalMessageId, recipient, revocation: 0 },
      receipt: at === null ? null : { kind: 'PONG', at },
    });
    const pushGlobal = async (tenantId: string, expiresAt: Date | null = new Date(Date.now() + HOUR_MS)) =>
      (await a.pushGlobal({ tenantId, message: 'to all', topic: null, expiresAt, idempotency: null })).item.id;
    /** Puts messages and globals back, so that they expired so many milliseconds ago. */
    const expire = async (tenantId: string, agoMs: number) => {
      const values = [tenantId, new Date(Date.now() - agoMs)];
      for (const table of ['messages', 'global_messages'])
        await get().sql(
          `UPDATE ${table} SET created_at = created_at - interval '1 hour', expires_at = $2 WHERE tenant_id = $1`,
          values,
        );
    };
    const cleanUp = async (store = a) => {
      while ((await store.cleanUp())?.more !== false);
    };

    it('counts what was accepted, with its bytes, whatever way it took', async () => {
      const tenantId = await knownTenant();
      const other = await knownTenant();
      await Promise.all([
        ...names(20).map((name) => a.push(pushCall(tenantId, name, { message: 'ä' }))),
        ...names(5).map((name) => a.push(pushCall(other, name, { message: 'abc' }))),
        b.push(pushCall(tenantId, names(30), { message: 'xyz', idempotency: someKey('k') })),
        b.push(pushCall(tenantId, names(1_234), { message: 'x' })),
      ]);
      expect(await usedBy(a, tenantId)).toMatchObject({
        accepted: 1_284,
        acceptedBytes: 40 + 90 + 1_234,
        delivered: 0,
        globals: 0,
      });
      expect(await usedBy(b, other)).toMatchObject({ accepted: 5, acceptedBytes: 15 });
      expect(await usedBy(a, someTenant())).toMatchObject({ accepted: 0, delivered: 0 });
    });

    it('counts neither a repetition, nor what was refused', async () => {
      const tenantId = await knownTenant();
      const call = pushCall(tenantId, names(7), { idempotency: someKey('again') });
      const answers = await Promise.all([a.push(call), b.push(call), a.push(call)]);
      expect(answers.filter(({ replayed }) => !replayed)).toHaveLength(1);
      await expect(a.push(pushCall(tenantId, 'r', { idempotency: someKey('again', 'other input') }))).rejects.toThrow();
      const full = await get().open({ maxPendingPerRecipient: 3 });
      const entries = await Promise.all(Array.from({ length: 5 }, () => full.push(pushCall(tenantId, 'full'))));
      await full.close();
      expect(entries.filter(({ entries: [entry] }) => entry?.error?.code === 'QUOTA_EXCEEDED')).toHaveLength(2);
      const input = { tenantId, message: 'g', topic: null, expiresAt: null, idempotency: someKey('global') };
      await Promise.all([a.pushGlobal(input), b.pushGlobal(input), b.pushGlobal({ ...input, idempotency: null })]);
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 10, acceptedBytes: 50, globals: 2 });
    });

    it('counts each call once of a batch that failed and was written call by call', async () => {
      const tenantId = await knownTenant();
      const text = (i: number) => (i === 7 ? 'a\u0000b' : 'fine');
      const plain = Array.from({ length: 20 }, (_, i) => a.push(pushCall(tenantId, `r${i}`, { message: text(i) })));
      const keyed = Array.from({ length: 10 }, (_, i) =>
        a.push(pushCall(tenantId, `r${i}`, { message: text(i), idempotency: someKey(`poison ${i}`) })),
      );
      const outcomes = await Promise.allSettled([...plain, ...keyed]);
      expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(2);
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 28, acceptedBytes: 28 * 4 });
    });

    it('counts a message as delivered once, however many receipts come and wherever', async () => {
      const tenantId = await knownTenant();
      const ids = await push(a, tenantId, names(300));
      const receipts = ids.map((id) => receipt(tenantId, id));
      const shuffled = () => [...receipts].sort(() => Math.random() - 0.5);
      await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? a : b).settle(shuffled())));
      await a.settle([...receipts, receipt(tenantId, someTenant()), receipt(someTenant(), ids[0])]);
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 300, delivered: 300, recalled: 0, expired: 0 });
    });

    it('counts one end for each message when recall and receipts race, and none for a late receipt', async () => {
      const tenantId = await knownTenant();
      const ids = await push(a, tenantId, names(400), { topic: 't' });
      const [{ cancelled }] = await Promise.all([
        b.cancel(tenantId, { ...all, topic: 't' }),
        ...Array.from({ length: 8 }, (_, i) => a.settle(ids.slice(i * 50, (i + 1) * 50).map((id) => receipt(tenantId, id)))),
      ]);
      await b.settle(ids.map((id) => receipt(tenantId, id)));
      await b.cancel(tenantId, { ...all, topic: 't' });
      expect(await usedBy(a, tenantId)).toMatchObject({ delivered: 400 - cancelled, recalled: cancelled, expired: 0 });
    });

    it('counts an expiry once it is final, by whoever writes it down first', async () => {
      const tenantId = await knownTenant();
      const ids = await push(a, tenantId, names(200));
      await expire(tenantId, 30_000);
      await cleanUp();
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 200, expired: 0 });
      await expire(tenantId, 61_000);
      const late = ids.slice(0, 100).map((id) => receipt(tenantId, id));
      await Promise.all([a.settle(late), b.cleanUp(), b.settle(late)]);
      await cleanUp();
      await a.settle(late);
      expect(await usedBy(a, tenantId)).toMatchObject({ accepted: 200, delivered: 0, expired: 200 });
    });

    it('counts rows of globals as delivered, recalled and expired, and none of them as accepted', async () => {
      const tenantId = await knownTenant();
      const id = await pushGlobal(tenantId);
      const now = a.clock.now();
      const rows = (from: number, to: number, at: number | null) =>
        names(to)
          .slice(from)
          .map((name) => delivery(tenantId, id, name, at));
      await Promise.all([
        a.recordGlobals([...rows(0, 40, now), ...rows(40, 80, null)]),
        b.recordGlobals([...rows(0, 40, null), ...rows(40, 60, now)]),
      ]);
      await Promise.all([a.recordGlobals(rows(0, 60, now)), b.recordGlobals(rows(0, 60, now + 1))]);
      expect(await usedBy(a, tenantId)).toMatchObject({ globals: 1, accepted: 0, acceptedBytes: 0, delivered: 60, recalled: 0 });
      await a.cancel(tenantId, { ...all, globalMessageId: id });
      await Promise.all([a.recordGlobals(rows(60, 100, now)), b.recordGlobals(rows(60, 100, null))]);
      expect(await usedBy(a, tenantId)).toMatchObject({ delivered: 60, recalled: 40, expired: 0 });
      const expired = await pushGlobal(tenantId, new Date(Date.now() - 61_000));
      await b.recordGlobals(names(10).map((name) => delivery(tenantId, expired, name, now)));
      expect(await usedBy(a, tenantId)).toMatchObject({ globals: 2, delivered: 60, recalled: 40, expired: 10 });
    });

    it('counts rows of globals once when late receipts race with a recall, or with the clean-up', async () => {
      const tenantId = await knownTenant();
      const [recalled, expired] = [await pushGlobal(tenantId), await pushGlobal(tenantId)];
      const rows = (id: string, at: number | null) => names(200).map((name) => delivery(tenantId, id, name, at));
      await a.recordGlobals([...rows(recalled, null), ...rows(expired, null)]);
      // As if there had been too many rows for one recall.
      await get().sql('UPDATE global_messages SET cancelled_at = now() WHERE tenant_id = $1 AND id = $2', [tenantId, recalled]);
      const now = a.clock.now();
      const ids = names(200).map((name) => globalRowId(recalled, name));
      await Promise.all([
        a.recordGlobals(rows(recalled, now)),
        b.cancel(tenantId, { ...all, ids }),
        a.recordGlobals(rows(recalled, now)),
      ]);
      expect(await usedBy(a, tenantId)).toMatchObject({ delivered: 0, recalled: 200, expired: 0 });
      await expire(tenantId, 61_000);
      await Promise.all([a.recordGlobals(rows(expired, Date.now())), b.cleanUp(), a.recordGlobals(rows(expired, Date.now()))]);
      await cleanUp();
      expect(await usedBy(a, tenantId)).toMatchObject({ delivered: 0, recalled: 200, expired: 200 });
      const late = await get().sql(
        'SELECT FROM messages WHERE tenant_id = $1 AND delivered_at IS NOT NULL AND receipt IS NOT NULL',
        [tenantId],
      );
      expect(late).toHaveLength(400);
    });

    it('takes nothing back when messages are erased, or deleted with age', async () => {
      const tenantId = await knownTenant();
      const [delivered] = await push(a, tenantId, ['r', 's']);
      await push(a, tenantId, 'r');
      await a.settle([receipt(tenantId, delivered)]);
      expect((await a.erase(tenantId, 'r', HOUR_MS)).erased).toBe(2);
      const brief = await get().open({ messageRetentionMs: DAY_MS });
      await get().sql(
        `UPDATE messages SET status = 'CANCELLED', cancel_reason = 'RECALLED', created_at = created_at - interval '3 days',
         cancelled_at = now() - interval '2 days' WHERE tenant_id = $1`,
        [tenantId],
      );
      await cleanUp(brief);
      await brief.close();
      expect(await get().sql('SELECT FROM messages WHERE tenant_id = $1', [tenantId])).toEqual([]);
      const before = await usedBy(a, tenantId);
      expect(before).toMatchObject({ accepted: 3, delivered: 1, recalled: 0, expired: 0 });
      await sumUp(a);
      expect(await usedBy(a, tenantId)).toEqual(before);
    });
  });
}
