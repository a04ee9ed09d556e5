import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ALL_TOKENS } from '../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../src/store/index.js';
import { heldOf, lookAt } from '../support/held.js';
import { drain, HOUR_MS, push, type StoreHarness, someTenant } from './store-harness.js';

export function describeDrains(get: () => StoreHarness): void {
  describe('what is pending', () => {
    let store: Store;
    beforeAll(async () => {
      store = await get().open();
    });
    afterAll(() => store.close());

    const request = (tenantId: string, recipient: string) => ({
      tenantId,
      recipient,
      topic: null,
      after: null,
      limit: 10,
      maxBytes: 1_000,
    });

    it('comes oldest first, page by page, and says exactly when that was all', async () => {
      const tenantId = someTenant();
      const ids: string[] = [];
      for (let i = 0; i < 20; i++) ids.push(...(await push(store, tenantId, 'r', { message: `m${i}` })));
      const first = await store.pending(request(tenantId, 'r'));
      expect(first.messages.map(({ rowId }) => rowId)).toEqual(ids.slice(0, 10));
      expect(first.more).toBe(true);
      const second = await store.pending({ ...request(tenantId, 'r'), after: ids[9] ?? null });
      expect(second.messages.map(({ message }) => message.message)).toEqual(ids.slice(10).map((_, i) => `m${i + 10}`));
      expect(second.more).toBe(false);
    });

    it('is bounded by bytes of text, but never empty for it', async () => {
      const tenantId = someTenant();
      for (let i = 0; i < 3; i++) await push(store, tenantId, 'r', { message: 'ü'.repeat(300) });
      const sizes = async (maxBytes: number) => {
        const page = await store.pending({ ...request(tenantId, 'r'), maxBytes });
        return [page.messages.length, page.more];
      };
      expect(await sizes(1)).toEqual([1, true]);
      expect(await sizes(599)).toEqual([1, true]);
      expect(await sizes(1_300)).toEqual([3, false]);
    });

    it('has what the label of the connection allows, and neither what is settled, recalled nor expired', async () => {
      const tenantId = someTenant();
      const [plain] = await push(store, tenantId, 'r');
      const [labelled] = await push(store, tenantId, 'r', { topic: 't' });
      await push(store, tenantId, 'r', { topic: 'other' });
      await push(store, tenantId, 'r', { expiresAt: new Date(Date.now() - 1) });
      const [lasting] = await push(store, tenantId, 'r', { expiresAt: new Date(Date.now() + HOUR_MS) });
      const [settled] = await push(store, tenantId, 'r');
      const [recalled] = await push(store, tenantId, 'r');
      await push(store, tenantId, 'somebody else');
      await store.settle([{ tenantId, rowId: settled ?? '', kind: 'PONG', at: Date.now() }]);
      await store.cancel(tenantId, { ids: [recalled ?? ''], recipient: null, globalMessageId: null, topic: null });
      expect(await drain(store, tenantId, 'r')).toEqual([plain, lasting]);
      expect(await drain(store, tenantId, 'r', 't')).toEqual([plain, labelled, lasting]);
    });

    it('answers requests that arrive together each its own', async () => {
      const tenantId = someTenant();
      const names = Array.from({ length: 300 }, (_, i) => `r${i}`);
      const ids = await push(store, tenantId, names);
      const pages = await Promise.all(names.map((name) => store.pending(request(tenantId, name))));
      expect(pages.map(({ messages }) => messages[0]?.rowId)).toEqual(ids);
      expect(pages.every(({ messages, more }) => messages.length === 1 && !more)).toBe(true);
    });

    it('is found by id, settled or not, if it is neither recalled, expired nor of another tenant; of many at once each its own', async () => {
      const tenantId = someTenant();
      const ids = await push(
        store,
        tenantId,
        Array.from({ length: 300 }, (_, i) => `r${i}`),
        { message: 'x'.repeat(5_000), topic: 't' },
      );
      const [expired] = await push(store, tenantId, 'r', { expiresAt: new Date(Date.now() - 1) });
      const [settled, recalled] = ids as [string, string];
      await store.settle([{ tenantId, rowId: settled, kind: 'PONG', at: Date.now() }]);
      await store.cancel(tenantId, { ids: [recalled], recipient: null, globalMessageId: null, topic: null });
      const found = await Promise.all([...ids, expired ?? ''].map((id) => store.findSendable(tenantId, id)));
      expect(found.map((message) => message?.id)).toEqual([settled, undefined, ...ids.slice(2), undefined]);
      expect(found[2]).toMatchObject({ message: 'x'.repeat(5_000), topic: 't', expiresAt: null, globalMessageId: null });
      expect(await store.findSendable(someTenant(), ids[2] ?? '')).toBeNull();
    });

    it('is found for held recipients, old enough, among few or many pending ones', async () => {
      const tenantId = someTenant();
      await push(store, tenantId, ['held', 'away']);
      const find = async (minAgeMs: number, held = heldOf(tenantId, ['held', 'nothing pending'])) =>
        (await store.findPending(lookAt(held, { everything: true, minAgeMs }))).pending;
      expect(await find(0)).toEqual([{ tenantId, recipient: 'held' }]);
      expect(await find(HOUR_MS)).toEqual([]);
      await push(
        store,
        tenantId,
        Array.from({ length: 4_500 }, (_, i) => `away ${i}`),
      );
      expect(await find(0)).toEqual([{ tenantId, recipient: 'held' }]);
      expect(await find(HOUR_MS)).toEqual([]);
      expect(await find(0, heldOf(tenantId, []))).toEqual([]);
      expect(await find(0, heldOf(tenantId, ['nothing pending']))).toEqual([]);
    });
  });

  describe('standing of a recipient', () => {
    let store: Store;
    beforeAll(async () => {
      store = await get().open();
    });
    afterAll(() => store.close());

    it('has a revocation number that only grows, also when a row was deleted meanwhile', async () => {
      const { id: tenantId } = await store.createTenant(`standing ${someTenant()}`);
      expect(await store.standing(tenantId, 'r')).toEqual({ tenantActive: true, revocation: 0, limits: null });
      const first = await store.revoke(tenantId, 'r', HOUR_MS);
      expect(await store.standing(tenantId, 'r')).toEqual({ tenantActive: true, revocation: first.number, limits: null });
      expect(await store.standing(tenantId, 'other')).toEqual({ tenantActive: true, revocation: 0, limits: null });
      await get().sql('DELETE FROM revocations WHERE tenant_id = $1', [tenantId]);
      const second = await store.revoke(tenantId, 'r', HOUR_MS);
      expect(second.number).toBeGreaterThan(first.number);
      expect((await store.readRevocation(tenantId, 'r')).number).toBe(second.number);
    });

    it('keeps the greatest number of many revocations at once, and the longest life', async () => {
      const other = await get().open();
      const tenantId = someTenant();
      const all = await Promise.all(
        Array.from({ length: 30 }, (_, i) => (i % 2 ? store : other).revoke(tenantId, 'r', i === 9 ? 2 * HOUR_MS : HOUR_MS)),
      );
      const greatest = Math.max(...all.map(({ number }) => number));
      expect((await store.standing(tenantId, 'r')).revocation).toBe(greatest);
      const [row] = await get().sql<{ left: number }>(
        'SELECT extract(epoch FROM keep_until - now())::float8 * 1000 AS left FROM revocations WHERE tenant_id = $1',
        [tenantId],
      );
      expect(row?.left).toBeGreaterThan(2 * HOUR_MS - 60_000);
      await other.close();
    });

    it('keeps an erasure for as long as an expired token of before is told of in activity', async () => {
      const tenantId = someTenant();
      await store.erase(tenantId, 'r', HOUR_MS);
      const [row] = await get().sql<{ left: number }>(
        'SELECT extract(epoch FROM keep_until - now())::float8 * 1000 AS left FROM revocations WHERE tenant_id = $1',
        [tenantId],
      );
      expect(row?.left).toBeGreaterThan(25 * HOUR_MS);
    });

    it('says that a tenant is disabled or gone', async () => {
      const name = `gone ${someTenant()}`;
      const { id: tenantId } = await store.createTenant(name);
      await store.disableTenant(name);
      const stranger = someTenant();
      expect((await store.standing(tenantId, 'r')).tenantActive).toBe(false);
      expect((await store.standing(stranger, 'r')).tenantActive).toBe(false);
      const { revocations, inactiveTenants } = await store.revocationsSince([tenantId, stranger], new Date());
      expect(inactiveTenants).toEqual([tenantId]);
      expect(revocations).toEqual([{ tenantId: stranger, ...ALL_TOKENS }]);
    });

    it('tells what was revoked since, of these tenants only', async () => {
      const { id: tenantId } = await store.createTenant(`revoking ${someTenant()}`);
      const { number, revokedAt } = await store.revoke(tenantId, 'r', HOUR_MS);
      await store.revoke(someTenant(), 'r', HOUR_MS);
      const { revocations } = await store.revocationsSince([tenantId], revokedAt);
      expect(revocations).toEqual([{ tenantId, recipientHash: expect.stringMatching(/^[0-9a-f]{64}$/), number }]);
      expect((await store.revocationsSince([tenantId], new Date(revokedAt.getTime() + HOUR_MS))).revocations).toEqual([]);
      expect(await store.revocationsSince([], revokedAt)).toEqual({ revocations: [], inactiveTenants: [] });
    });

    it('erases the messages of a recipient and nothing else', async () => {
      const tenantId = someTenant();
      for (let i = 0; i < 3; i++) await push(store, tenantId, ['gone', 'stays']);
      const { erased, number } = await store.erase(tenantId, 'gone', HOUR_MS);
      expect(erased).toBe(3);
      expect(number).toBeGreaterThan(0);
      expect(await drain(store, tenantId, 'gone')).toEqual([]);
      expect(await drain(store, tenantId, 'stays')).toHaveLength(3);
      expect(await push(store, tenantId, 'gone')).toHaveLength(1);
    });
  });
}
