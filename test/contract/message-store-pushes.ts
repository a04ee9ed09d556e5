import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/index.js';
import { drain, HOUR_MS, itemOf, messageOf, push, pushCall, type StoreHarness, someKey, someTenant } from './store-harness.js';

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const idMillis = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

export function describePushes(get: () => StoreHarness): void {
  describe('push', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    it('answers an entry per recipient in order, with what was given and what the database made', async () => {
      const tenantId = someTenant();
      const expiresAt = new Date(Date.now() + HOUR_MS);
      const refused = [{ index: 1, error: { code: 'BAD_USER_INPUT', message: 'no name' } }];
      const text = 'quotes " and \\ backslash, {braces}, NULL, \n newline, ünïcode 💡, comma,';
      const call = pushCall(tenantId, [], { refused, message: text, topic: 'a "label", {x}\\', expiresAt });
      const recipients = [
        { index: 0, recipient: 'an "odd", {name}\\' },
        { index: 2, recipient: 'NULL' },
      ];
      const { entries, replayed } = await a.push({ ...call, recipients });
      expect(replayed).toBe(false);
      expect(entries.map(({ index }) => index)).toEqual([0, 1, 2]);
      expect(entries[1]).toEqual({ index: 1, item: null, error: refused[0]?.error });
      for (const [i, n] of [0, 2].entries()) {
        const item = itemOf(entries[n]);
        expect(item.id).toMatch(UUID_V7);
        expect(item).toEqual({
          id: item.id,
          recipient: recipients[i]?.recipient,
          message: text,
          topic: 'a "label", {x}\\',
          status: 'PENDING',
          receipt: null,
          cancelReason: null,
          expiresAt,
          createdAt: new Date(idMillis(item.id)),
          deliveredAt: null,
          cancelledAt: null,
          globalMessageId: null,
          deliveredTo: null,
        });
        expect(await messageOf(b, tenantId, item.id)).toEqual(item);
      }
    });

    it('keeps created_at equal to the time in the id', async () => {
      const tenantId = someTenant();
      await push(a, tenantId, ['x', 'y', 'z']);
      const rows = await get().sql<{ id: string; created_at: Date }>('SELECT id, created_at FROM messages WHERE tenant_id = $1', [
        tenantId,
      ]);
      expect(rows).toHaveLength(3);
      for (const { id, created_at } of rows) expect(created_at.getTime()).toBe(idMillis(id));
    });

    it('mints ids that grow with the order of answered calls, across nodes', async () => {
      const tenantId = someTenant();
      const ids: string[] = [];
      for (let i = 0; i < 30; i++) ids.push(...(await push(i % 2 ? a : b, tenantId, ['r', 's'])));
      const ofR = ids.filter((_, i) => i % 2 === 0);
      expect(ofR).toEqual([...ofR].sort());
      expect(await drain(a, tenantId, 'r')).toEqual(ofR);
    });

    it('matches every id to its recipient and text when many calls share a statement', async () => {
      const tenantId = someTenant();
      const calls = Array.from({ length: 150 }, (_, i) =>
        pushCall(tenantId, [`one ${i}`, `two ${i}`, `three ${i}`].slice(0, (i % 3) + 1), {
          message: `text ${i}`,
          topic: i % 2 ? `topic ${i}` : null,
        }),
      );
      const results = await Promise.all(calls.map((call) => a.push(call)));
      const items = results.flatMap(({ entries }) => entries.map(itemOf));
      expect(new Set(items.map(({ id }) => id)).size).toBe(300);
      for (const item of items) expect(await messageOf(a, tenantId, item.id)).toEqual(item);
    });

    it('writes a call to 10,000 recipients as one transaction', async () => {
      const tenantId = someTenant();
      const names = Array.from({ length: 10_000 }, (_, i) => `r${i}`);
      const { entries } = await a.push(pushCall(tenantId, names));
      expect(entries).toHaveLength(10_000);
      const [rows] = await get().sql<{ n: number; commits: number }>(
        'SELECT count(*)::int AS n, count(DISTINCT xmin::text)::int AS commits FROM messages WHERE tenant_id = $1',
        [tenantId],
      );
      expect(rows).toEqual({ n: 10_000, commits: 1 });
      expect((await messageOf(a, tenantId, entries[7_777]?.item?.id)).recipient).toBe('r7777');
    });

    it('lets a poisonous call fail alone', async () => {
      const tenantId = someTenant();
      const calls = Array.from({ length: 20 }, (_, i) => pushCall(tenantId, `r${i}`, { message: i === 7 ? 'a\u0000b' : 'fine' }));
      const results = await Promise.allSettled(calls.map((call) => a.push(call)));
      expect(results.map(({ status }) => status === 'rejected')).toEqual(calls.map((_, i) => i === 7));
      const [rows] = await get().sql<{ n: number }>('SELECT count(*)::int AS n FROM messages WHERE tenant_id = $1', [tenantId]);
      expect(rows?.n).toBe(19);
    });

    it('lets a poisonous call with an idempotency key fail alone, and uses nothing up', async () => {
      const tenantId = someTenant();
      const call = (i: number, message: string) => pushCall(tenantId, `r${i}`, { message, idempotency: someKey(`k${i}`) });
      const results = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) => a.push(call(i, i === 3 ? '\u0000' : 'fine'))),
      );
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect((await a.push(call(3, 'fine now'))).replayed).toBe(false);
    });
  });

  describe('quota of pending messages', () => {
    it('is exact when two nodes push to one recipient at once', async () => {
      const [a, b] = await Promise.all([get().open({ maxPendingPerRecipient: 20 }), get().open({ maxPendingPerRecipient: 20 })]);
      const tenantId = someTenant();
      const results = await Promise.all(
        Array.from({ length: 60 }, (_, i) => (i % 2 ? a : b).push(pushCall(tenantId, ['full', `other ${i}`]))),
      );
      const entries = results.flatMap((result) => result.entries.filter(({ index }) => index === 0));
      expect(entries.filter(({ item }) => item)).toHaveLength(20);
      expect(new Set(entries.filter(({ error }) => error).map(({ error }) => error?.code))).toEqual(new Set(['QUOTA_EXCEEDED']));
      expect(await drain(a, tenantId, 'full')).toHaveLength(20);
      for (const { entries: pair } of results) expect(pair[1]?.item).not.toBeNull();
      await Promise.all([a.close(), b.close()]);
    });

    it('counts several calls of one batch together, and calls with a key as well', async () => {
      const a = await get().open({ maxPendingPerRecipient: 5 });
      const tenantId = someTenant();
      const calls = Array.from({ length: 12 }, (_, i) =>
        pushCall(tenantId, 'r', { idempotency: i % 2 ? someKey(`key ${i}`) : null }),
      );
      const results = await Promise.all(calls.map((call) => a.push(call)));
      expect(results.filter(({ entries }) => entries[0]?.item)).toHaveLength(5);
      await a.close();
    });

    it('holds for 1,001 and more, where most pushes are not counted', async () => {
      const options = { maxPendingPerRecipient: 1_500 };
      const [a, b] = await Promise.all([get().open(options), get().open(options)]);
      const tenantId = someTenant();
      let accepted = 0;
      for (let round = 0; round < 20; round++) {
        const results = await Promise.all(Array.from({ length: 100 }, (_, i) => (i % 2 ? a : b).push(pushCall(tenantId, 'r'))));
        accepted += results.filter(({ entries }) => entries[0]?.item).length;
      }
      expect(accepted).toBe(1_500);
      await Promise.all([a.close(), b.close()]);
    }, 30_000);

    it('holds for thousands of pushes at the same moment, none of which is counted yet', async () => {
      // More than the 2,000 of a batch, and no more: all of them are to be answered within a push's 3 seconds.
      const store = await get().open({ maxPendingPerRecipient: 1_050 });
      const tenantId = someTenant();
      const results = await Promise.all(Array.from({ length: 2_100 }, () => store.push(pushCall(tenantId, 'r'))));
      expect(results.filter(({ entries }) => entries[0]?.item)).toHaveLength(1_050);
      await store.close();
    }, 30_000);

    it('does not count what has expired', async () => {
      const a = await get().open({ maxPendingPerRecipient: 2 });
      const tenantId = someTenant();
      await push(a, tenantId, 'r', { expiresAt: new Date(Date.now() - 1) });
      await push(a, tenantId, 'r', { expiresAt: new Date(Date.now() - 1) });
      await push(a, tenantId, 'r');
      await push(a, tenantId, 'r');
      expect((await a.push(pushCall(tenantId, 'r'))).entries[0]?.error?.code).toBe('QUOTA_EXCEEDED');
      await a.close();
    });
  });

  describe('idempotency keys', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    it('make 50 calls at the same moment on two nodes one push, with one answer', async () => {
      const tenantId = someTenant();
      const call = pushCall(tenantId, ['r', 's'], { idempotency: someKey('k') });
      const results = await Promise.all(Array.from({ length: 50 }, (_, i) => (i % 2 ? a : b).push(call)));
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      for (const { entries } of results) expect(entries).toEqual(results[0]?.entries);
      expect(await drain(a, tenantId, 'r')).toHaveLength(1);
    });

    it('make two large calls at the same moment one push', async () => {
      const tenantId = someTenant();
      const names = Array.from({ length: 1_200 }, (_, i) => `r${i}`);
      const call = pushCall(tenantId, names, { idempotency: someKey('k') });
      const results = await Promise.all([a.push(call), b.push(call), a.push(call)]);
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      const ids = results.map(({ entries }) => entries.map((entry) => itemOf(entry).id));
      expect(ids[1]).toEqual(ids[0]);
      expect(ids[2]).toEqual(ids[0]);
    });

    it('answer the entries in their present state, refused ones too', async () => {
      const tenantId = someTenant();
      const idempotency = someKey('k');
      const refused = [{ index: 2, error: { code: 'BAD_USER_INPUT', message: 'too long' } }];
      const call = pushCall(tenantId, ['r', 's'], { idempotency, refused });
      const [first, second] = (await a.push(call)).entries.map(({ item }) => item?.id ?? null);
      await a.settle([{ tenantId, rowId: first ?? '', kind: 'ACK', at: Date.now() }]);
      await get().sql('DELETE FROM messages WHERE tenant_id = $1 AND id = $2', [tenantId, second]);
      const { entries, replayed } = await b.push(call);
      expect(replayed).toBe(true);
      expect(entries[0]?.item).toMatchObject({ id: first, status: 'DELIVERED', receipt: 'ACK' });
      expect(entries[1]).toEqual({ index: 1, item: null, error: { code: 'GONE', message: expect.any(String) } });
      expect(entries[2]).toEqual({ index: 2, item: null, error: refused[0]?.error });
      expect(await b.replay(tenantId, idempotency)).toEqual(entries);
    });

    it('refuse other input and the other kind of push, share one name space per tenant, and forget after a day', async () => {
      const tenantId = someTenant();
      const idempotency = someKey('k');
      const call = pushCall(tenantId, 'r', { idempotency });
      const global = { tenantId, message: 'g', topic: null, expiresAt: null, idempotency };
      expect(await a.replay(tenantId, idempotency)).toBeNull();
      await a.push(call);
      await expect(a.push({ ...call, idempotency: someKey('k', 'other') })).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
      });
      await expect(a.replay(tenantId, someKey('k', 'other'))).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
      await expect(a.pushGlobal(global)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
      expect((await a.push({ ...call, tenantId: someTenant() })).replayed).toBe(false);
      await get().sql(`UPDATE idempotency_keys SET created_at = created_at - interval '24 hours' WHERE tenant_id = $1`, [
        tenantId,
      ]);
      expect(await a.replay(tenantId, idempotency)).toBeNull();
      expect((await a.pushGlobal(global)).replayed).toBe(false);
      expect((await a.pushGlobal(global)).replayed).toBe(true);
      await expect(a.push(call)).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    });

    it('push nothing in place of a message that was erased, or of a global message that was deleted', async () => {
      const tenantId = someTenant();
      const call = pushCall(tenantId, 'r', { idempotency: someKey('k') });
      await a.push(call);
      await a.erase(tenantId, 'r', 60_000);
      const { entries, replayed } = await b.push(call);
      expect([replayed, entries]).toEqual([
        true,
        [{ index: 0, item: null, error: { code: 'GONE', message: expect.any(String) } }],
      ]);
      expect(await drain(a, tenantId, 'r')).toEqual([]);

      const idempotency = someKey('global');
      const global = { tenantId, message: 'g', topic: null, expiresAt: null, idempotency };
      const { item } = await a.pushGlobal(global);
      await get().sql('DELETE FROM global_messages WHERE tenant_id = $1 AND id = $2', [tenantId, item.id]);
      await expect(b.replay(tenantId, idempotency)).rejects.toMatchObject({ code: 'GONE' });
      await expect(b.pushGlobal(global)).rejects.toMatchObject({ code: 'GONE' });
      expect(await get().sql('SELECT id FROM global_messages WHERE tenant_id = $1', [tenantId])).toEqual([]);
    });

    it('make 20 global pushes at the same moment one', async () => {
      const tenantId = someTenant();
      const global = { tenantId, message: 'g', topic: null, expiresAt: null, idempotency: someKey('k') };
      const results = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? a : b).pushGlobal(global)));
      expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
      expect(new Set(results.map(({ item }) => item.id)).size).toBe(1);
    });

    it('keep neither names nor texts', async () => {
      const tenantId = someTenant();
      await a.push(pushCall(tenantId, 'somebody', { message: 'something', idempotency: someKey('k') }));
      const rows = await get().sql('SELECT answer::text FROM idempotency_keys WHERE tenant_id = $1', [tenantId]);
      expect(JSON.stringify(rows)).not.toMatch(/somebody|something/);
    });
  });
}
