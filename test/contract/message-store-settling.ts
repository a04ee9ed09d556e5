import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { globalRowId } from '../../src/core/domain/message-ids.js';
import type { Receipt } from '../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, messageOf, push, pushCall, type StoreHarness, someTenant } from './store-harness.js';

export function describeSettling(get: () => StoreHarness): void {
  describe('settling', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    const receipt = (tenantId: string, rowId: string | undefined, rest: Partial<Receipt> = {}): Receipt => ({
      tenantId,
      rowId: rowId ?? '',
      kind: 'PONG',
      at: a.clock.now(),
      ...rest,
    });
    const all = { ids: null, recipient: null, globalMessageId: null, topic: null };

    it('lets the first receipt stand', async () => {
      const tenantId = someTenant();
      const [id] = await push(a, tenantId, 'r');
      const at = a.clock.now();
      await a.settle([receipt(tenantId, id, { at })]);
      await b.settle([receipt(tenantId, id, { kind: 'ACK', at: at + 5 })]);
      const message = await messageOf(a, tenantId, id);
      expect(message).toMatchObject({ status: 'DELIVERED', receipt: 'PONG', cancelReason: null, cancelledAt: null });
      expect(message.deliveredAt?.getTime()).toBeGreaterThanOrEqual(message.createdAt.getTime());
    });

    it('takes the earliest of several receipts for one row, and ignores rows that do not exist', async () => {
      const tenantId = someTenant();
      const [id] = await push(a, tenantId, 'r');
      const at = a.clock.now();
      await a.settle([
        receipt(tenantId, id, { kind: 'ACK', at: at + 1 }),
        receipt(tenantId, id, { at }),
        receipt(someTenant(), id, { at }),
      ]);
      expect(await messageOf(a, tenantId, id)).toMatchObject({ receipt: 'PONG' });
      await a.settle([]);
    });

    it('keeps the connection whose receipt deliveredAt tells of, of late receipts and of rows of globals, too', async () => {
      const tenantId = someTenant();
      const [first, second, third, other] = Array.from({ length: 4 }, () => randomUUID());
      const [id, recalled, unknown] = await push(a, tenantId, ['r', 's', 't']);
      await a.cancel(tenantId, { ...all, ids: [recalled ?? ''] });
      const at = a.clock.now();
      await a.settle([
        receipt(tenantId, id, { at: at + 1, connectionId: other as string }),
        receipt(tenantId, id, { at, connectionId: first as string }),
        receipt(tenantId, recalled, { connectionId: second as string }),
        receipt(tenantId, unknown),
      ]);
      await b.settle([receipt(tenantId, id, { connectionId: other as string })]);
      const deliveredTo = async (row: string | undefined) => (await messageOf(a, tenantId, row)).deliveredTo;
      expect(await deliveredTo(id)).toEqual({ connectionId: first });
      expect(await deliveredTo(recalled)).toEqual({ connectionId: second });
      expect(await deliveredTo(unknown)).toBeNull();
      const global = await a.pushGlobal({ tenantId, message: 'g', topic: null, expiresAt: null, idempotency: null });
      const row = { tenantId, globalMessageId: global.item.id, recipient: 'r', revocation: 0 };
      const rowId = globalRowId(global.item.id, 'r');
      await a.recordGlobals([{ ...row, receipt: null, connectionId: null }]);
      expect(await deliveredTo(rowId)).toBeNull();
      await a.recordGlobals([
        { ...row, receipt: { kind: 'PONG', at: at + 2 }, connectionId: other as string },
        { ...row, receipt: { kind: 'PONG', at: at + 1 }, connectionId: third as string },
      ]);
      await b.recordGlobals([{ ...row, receipt: { kind: 'ACK', at }, connectionId: other as string }]);
      expect(await deliveredTo(rowId)).toEqual({ connectionId: third });
    });

    it('keeps deliveredAt between creation and now, whatever a node says', async () => {
      const tenantId = someTenant();
      const [early, late] = await push(a, tenantId, ['r', 's']);
      await a.settle([receipt(tenantId, early, { at: 1 }), receipt(tenantId, late, { at: Date.now() + DAY_MS })]);
      const before = await messageOf(a, tenantId, early);
      expect(before.deliveredAt).toEqual(before.createdAt);
      const after = await messageOf(a, tenantId, late);
      expect(after.deliveredAt?.getTime()).toBeLessThan(Date.now() + DAY_MS / 2);
    });

    it('fills in a receipt that comes after a recall without changing the status', async () => {
      const tenantId = someTenant();
      const [id] = await push(a, tenantId, 'r');
      expect((await a.cancel(tenantId, { ...all, recipient: 'r' })).cancelled).toBe(1);
      const { cancelledAt } = await messageOf(a, tenantId, id);
      await a.settle([receipt(tenantId, id)]);
      const message = await messageOf(a, tenantId, id);
      expect(message).toMatchObject({ status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt, receipt: 'PONG' });
      expect(message.deliveredAt).not.toBeNull();
    });

    it('answers an expired message as such at once, and counts a receipt that had reached a node before', async () => {
      const tenantId = someTenant();
      const [inTime, tooLate, none] = await push(a, tenantId, ['r', 's', 't']);
      const expiry = new Date(Date.now() - 10_000);
      // Puts the push a minute back, with the expiry in between.
      await get().sql(`UPDATE messages SET created_at = created_at - interval '1 minute', expires_at = $2 WHERE tenant_id = $1`, [
        tenantId,
        expiry,
      ]);
      expect(await messageOf(a, tenantId, none)).toMatchObject({
        status: 'CANCELLED',
        cancelReason: 'EXPIRED',
        cancelledAt: expiry,
        deliveredAt: null,
      });
      await a.settle([
        receipt(tenantId, inTime, { at: expiry.getTime() - 1 }),
        receipt(tenantId, tooLate, { at: expiry.getTime() }),
      ]);
      expect(await messageOf(a, tenantId, inTime)).toMatchObject({ status: 'DELIVERED', cancelReason: null, cancelledAt: null });
      expect(await messageOf(a, tenantId, tooLate)).toMatchObject({
        status: 'CANCELLED',
        cancelReason: 'EXPIRED',
        cancelledAt: expiry,
        receipt: 'PONG',
        deliveredAt: expiry,
      });
    });

    it('takes an expiry as final after a minute, whenever the receipt came in', async () => {
      const tenantId = someTenant();
      const [id] = await push(a, tenantId, 'r');
      const expiry = new Date(Date.now() - 61_000);
      await get().sql(`UPDATE messages SET created_at = created_at - interval '1 hour', expires_at = $2 WHERE tenant_id = $1`, [
        tenantId,
        expiry,
      ]);
      await a.settle([receipt(tenantId, id, { at: expiry.getTime() - 1 })]);
      expect(await messageOf(a, tenantId, id)).toMatchObject({ status: 'CANCELLED', cancelReason: 'EXPIRED', receipt: 'PONG' });
    });

    it('has one winner when recall and receipts race', async () => {
      const tenantId = someTenant();
      const ids = await push(
        a,
        tenantId,
        Array.from({ length: 400 }, (_, i) => `r${i}`),
        { topic: 't' },
      );
      const [{ cancelled, ids: recalled }] = await Promise.all([
        b.cancel(tenantId, { ...all, topic: 't' }),
        ...Array.from({ length: 8 }, (_, i) => a.settle(ids.slice(i * 50, (i + 1) * 50).map((id) => receipt(tenantId, id)))),
      ]);
      expect(recalled).toHaveLength(cancelled);
      const messages = await Promise.all(ids.map((id) => messageOf(a, tenantId, id)));
      const byStatus = (status: string) => messages.filter((message) => message.status === status).map(({ id }) => id);
      expect(byStatus('CANCELLED')).toEqual([...recalled].sort());
      expect(byStatus('DELIVERED')).toHaveLength(400 - cancelled);
      expect(messages.every(({ receipt: kind, deliveredAt }) => kind === 'PONG' && deliveredAt)).toBe(true);
    });

    it('never deadlocks when nodes settle the same rows in different orders', async () => {
      const tenantId = someTenant();
      const ids = await push(
        a,
        tenantId,
        Array.from({ length: 500 }, (_, i) => `r${i}`),
      );
      const receipts = ids.map((id) => receipt(tenantId, id));
      const shuffled = () =>
        receipts
          .map((r) => ({ r, at: Math.random() }))
          .sort((x, y) => x.at - y.at)
          .map(({ r }) => r);
      const [before] = await get().sql<{ deadlocks: string }>(
        'SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()',
      );
      await Promise.all(Array.from({ length: 12 }, (_, i) => (i % 2 ? a : b).settle(shuffled())));
      const [after] = await get().sql<{ deadlocks: string }>(
        'SELECT deadlocks::text FROM pg_stat_database WHERE datname = current_database()',
      );
      expect(after).toEqual(before);
      for (const id of ids) expect((await messageOf(a, tenantId, id)).status).toBe('DELIVERED');
    });
  });

  describe('cancel', () => {
    let store: Store;
    beforeAll(async () => {
      store = await get().open();
    });
    afterAll(() => store.close());
    const nothing = { ids: null, recipient: null, globalMessageId: null, topic: null };

    it('cancels what is pending and matches all that is given', async () => {
      const tenantId = someTenant();
      const [a, b] = await push(store, tenantId, ['r', 's'], { topic: 't' });
      const [c] = await push(store, tenantId, 'r');
      const cancel = (selection: Partial<Parameters<Store['cancel']>[1]>) => store.cancel(tenantId, { ...nothing, ...selection });
      expect(await cancel({ ids: [] })).toEqual({ cancelled: 0, complete: true, ids: [], globalEnded: false });
      expect((await cancel({ ids: ['nonsense', someTenant()] })).cancelled).toBe(0);
      expect((await cancel({ ids: [b ?? '', c ?? ''], topic: 't', recipient: 'r' })).cancelled).toBe(0);
      expect((await store.cancel(someTenant(), { ...nothing, ids: [a ?? ''] })).cancelled).toBe(0);
      expect(await cancel({ recipient: 'r', topic: 't' })).toEqual({
        cancelled: 1,
        complete: true,
        ids: [a],
        globalEnded: false,
      });
      expect((await cancel({ recipient: 'r', topic: 't' })).cancelled).toBe(0);
      expect((await cancel({ ids: [b ?? '', (c ?? '').toUpperCase()] })).ids).toEqual([b, c].sort());
      expect(await messageOf(store, tenantId, a)).toMatchObject({ status: 'CANCELLED', cancelReason: 'RECALLED', receipt: null });
    });

    it('leaves what was delivered or has expired', async () => {
      const tenantId = someTenant();
      const [delivered] = await push(store, tenantId, 'r');
      await store.settle([{ tenantId, rowId: delivered ?? '', kind: 'ACK', at: store.clock.now() }]);
      await push(store, tenantId, 'r', { expiresAt: new Date(Date.now() - 1) });
      expect((await store.cancel(tenantId, { ...nothing, recipient: 'r' })).cancelled).toBe(0);
    });

    it('cancels 10,000 a call, the oldest first, and says exactly whether more match', async () => {
      const tenantId = someTenant();
      const names = Array.from({ length: 9_999 }, (_, i) => `r${i}`);
      const oldest = (await store.push(pushCall(tenantId, names, { topic: 't' }))).entries.map(({ item }) => item?.id);
      const newest = await push(store, tenantId, ['x', 'y'], { topic: 't' });
      const first = await store.cancel(tenantId, { ...nothing, topic: 't' });
      expect([first.cancelled, first.complete]).toEqual([10_000, false]);
      expect(first.ids).toEqual([...oldest, newest[0]].sort());
      const second = await store.cancel(tenantId, { ...nothing, topic: 't' });
      expect([second.cancelled, second.complete, second.ids]).toEqual([1, true, [newest[1]]]);
      const again = (await store.push(pushCall(tenantId, [...names, 'x'], { topic: 't' }))).entries.length;
      expect(again).toBe(10_000);
      expect(await store.cancel(tenantId, { ...nothing, topic: 't' })).toMatchObject({ cancelled: 10_000, complete: true });
    }, 30_000);
  });
}
