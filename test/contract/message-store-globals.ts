import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { globalRowId } from '../../src/core/domain/message-ids.js';
import type { GlobalDelivery } from '../../src/core/ports/stores/delivery-store.js';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, drain, HOUR_MS, messageOf, type StoreHarness, someTenant } from './store-harness.js';

export function describeGlobals(get: () => StoreHarness): void {
  describe('global messages', () => {
    let a: Store;
    let b: Store;
    beforeAll(async () => {
      a = await get().open();
      b = await get().open();
    });
    afterAll(() => Promise.all([a.close(), b.close()]));

    const inAnHour = () => new Date(Date.now() + HOUR_MS);
    const pushGlobal = async (tenantId: string, expiresAt: Date | null = inAnHour(), topic: string | null = null) =>
      (await a.pushGlobal({ tenantId, message: 'to all', topic, expiresAt, idempotency: null })).item;
    const delivery = (tenantId: string, globalMessageId: string, rest: Partial<GlobalDelivery> = {}): GlobalDelivery => ({
      tenantId,
      globalMessageId,
      recipient: 'r',
      revocation: 0,
      receipt: null,
      ...rest,
    });
    const pong = (at = a.clock.now()) => ({ kind: 'PONG' as const, at });
    const alone = (globalMessageId: string) => ({ ids: null, recipient: null, globalMessageId, topic: null });

    it('are owed to every recipient whose label matches, until a row exists', async () => {
      const tenantId = someTenant();
      const first = await pushGlobal(tenantId);
      const labelled = await pushGlobal(tenantId, inAnHour(), 't');
      await pushGlobal(tenantId, null);
      await pushGlobal(tenantId, new Date(Date.now() - 1));
      const owed = async (recipient: string, topic: string | null) =>
        (await b.unsentGlobals(tenantId, recipient, topic)).map(({ id }) => id);
      expect(await owed('r', null)).toEqual([first.id]);
      expect(await owed('r', 't')).toEqual([first.id, labelled.id]);
      await a.recordGlobals([delivery(tenantId, first.id)]);
      expect(await owed('r', 't')).toEqual([labelled.id]);
      expect(await owed('s', null)).toEqual([first.id]);
      const [message] = await b.unsentGlobals(tenantId, 's', null);
      expect(message).toEqual({
        id: first.id,
        message: 'to all',
        topic: null,
        createdAt: first.createdAt.getTime(),
        expiresAt: first.expiresAt?.getTime(),
        globalMessageId: first.id,
      });
    });

    it('are found while they run, and listed since a moment', async () => {
      const tenantId = someTenant();
      const running = await pushGlobal(tenantId);
      const momentary = await pushGlobal(tenantId, null);
      const expired = await pushGlobal(tenantId, new Date(Date.now() - 1));
      const cancelled = await pushGlobal(tenantId);
      await a.cancel(tenantId, alone(cancelled.id));
      expect((await b.findGlobal(tenantId, running.id))?.message).toBe('to all');
      expect((await b.findGlobal(tenantId, momentary.id))?.id).toBe(momentary.id);
      expect(await b.findGlobal(tenantId, expired.id)).toBeNull();
      expect(await b.findGlobal(tenantId, cancelled.id)).toBeNull();
      expect(await b.findGlobal(someTenant(), running.id)).toBeNull();
      const since = async (date: Date) => (await b.globalsSince([tenantId], date)).map(({ message }) => message.id);
      expect(await since(running.createdAt)).toEqual([running.id, momentary.id]);
      expect(await since(new Date(cancelled.createdAt.getTime() + DAY_MS))).toEqual([]);
    });

    it('become rows with the id that every node computes, the time of the global, its text and its label', async () => {
      const tenantId = someTenant();
      const global = await pushGlobal(tenantId, inAnHour(), 't');
      const recipient = 'odd "name", {ünï}\\';
      await a.recordGlobals([delivery(tenantId, global.id, { recipient })]);
      const message = await messageOf(b, tenantId, globalRowId(global.id, recipient));
      expect(message).toMatchObject({
        recipient,
        message: 'to all',
        topic: 't',
        status: 'PENDING',
        createdAt: global.createdAt,
        expiresAt: global.expiresAt,
        globalMessageId: global.id,
      });
      const page = await b.pending({ tenantId, recipient, topic: 't', after: null, limit: 10, maxBytes: 100 });
      expect(page.messages).toEqual([
        { rowId: message.id, message: expect.objectContaining({ id: global.id, message: 'to all', globalMessageId: global.id }) },
      ]);
    });

    it('take a receipt with the row or after it, the first one', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      await a.recordGlobals([delivery(tenantId, id), delivery(tenantId, id, { recipient: 's', receipt: pong() })]);
      await b.recordGlobals([
        delivery(tenantId, id, { receipt: pong() }),
        delivery(tenantId, id, { recipient: 's', receipt: { kind: 'ACK', at: a.clock.now() } }),
        delivery(tenantId, id, { recipient: 's' }),
      ]);
      for (const recipient of ['r', 's']) {
        const message = await messageOf(a, tenantId, globalRowId(id, recipient));
        expect(message).toMatchObject({ status: 'DELIVERED', receipt: 'PONG' });
      }
      expect(await drain(a, tenantId, 'r')).toEqual([]);
    });

    it('make no row for a global that is gone, and none twice', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      const names = Array.from({ length: 300 }, (_, i) => `r${i}`);
      const deliveries = names.map((recipient) => delivery(tenantId, id, { recipient }));
      await Promise.all([
        a.recordGlobals([...deliveries, delivery(tenantId, someTenant())]),
        b.recordGlobals([...deliveries].reverse()),
        a.recordGlobals([...deliveries, ...deliveries].map((d) => ({ ...d, receipt: pong() }))),
      ]);
      const [rows] = await get().sql<{ n: number; delivered: number }>(
        `SELECT count(*)::int AS n, count(*) FILTER (WHERE status = 'DELIVERED')::int AS delivered FROM messages WHERE tenant_id = $1`,
        [tenantId],
      );
      expect(rows).toEqual({ n: 300, delivered: 300 });
    });

    it('make no row for a recipient that was erased since, but for one that registered again', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      await a.recordGlobals([delivery(tenantId, id)]);
      const { number, erased } = await b.erase(tenantId, 'r', HOUR_MS);
      expect(erased).toBe(1);
      await b.revoke(tenantId, 'other', HOUR_MS);
      await a.recordGlobals([
        delivery(tenantId, id, { receipt: pong() }),
        delivery(tenantId, id, { recipient: 'other', receipt: pong() }),
      ]);
      expect(await a.findMessage(tenantId, globalRowId(id, 'r'))).toBeNull();
      expect(await a.findMessage(tenantId, globalRowId(id, 'other'))).not.toBeNull();
      await a.recordGlobals([delivery(tenantId, id, { revocation: number })]);
      expect(await a.findMessage(tenantId, globalRowId(id, 'r'))).not.toBeNull();
    });

    it('leave no row of a recipient that is erased while rows are made', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      const names = Array.from({ length: 500 }, (_, i) => `r${i}`);
      const record = (store: Store) => store.recordGlobals(names.map((recipient) => delivery(tenantId, id, { recipient })));
      await Promise.all([record(a), ...names.slice(0, 40).map((name) => b.erase(tenantId, name, HOUR_MS)), record(b), record(a)]);
      for (const name of names.slice(0, 40)) expect(await a.findMessage(tenantId, globalRowId(id, name))).toBeNull();
      expect(await a.findMessage(tenantId, globalRowId(id, 'r41'))).not.toBeNull();
    });

    it('end when they are cancelled: no row stays or becomes pending, though a receipt is noted', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      await a.recordGlobals([delivery(tenantId, id)]);
      const result = await b.cancel(tenantId, alone(id));
      expect(result).toMatchObject({ cancelled: 1, complete: true, globalEnded: true, ids: [globalRowId(id, 'r')] });
      await a.recordGlobals([
        delivery(tenantId, id, { recipient: 's' }),
        delivery(tenantId, id, { recipient: 't', receipt: pong() }),
      ]);
      const { cancelledAt } = (await b.listGlobalMessages(tenantId, { topic: null, createdAt: null, expiresAt: null }, null, 10))
        .items[0] ?? { cancelledAt: null };
      expect(cancelledAt).not.toBeNull();
      const late = await messageOf(a, tenantId, globalRowId(id, 't'));
      expect(late).toMatchObject({ status: 'CANCELLED', cancelReason: 'RECALLED', cancelledAt, receipt: 'PONG' });
      expect(await messageOf(a, tenantId, globalRowId(id, 's'))).toMatchObject({ status: 'CANCELLED', receipt: null });
      expect(await b.unsentGlobals(tenantId, 'new', null)).toEqual([]);
      expect(await b.cancel(tenantId, alone(id))).toMatchObject({ cancelled: 0, globalEnded: true });
      expect(await b.cancel(tenantId, alone(someTenant()))).toMatchObject({ cancelled: 0, complete: true, globalEnded: false });
      expect(await b.cancel(tenantId, alone('nonsense'))).toMatchObject({ cancelled: 0, complete: true, globalEnded: false });
    });

    it('are not ended by a cancel that names more than the global', async () => {
      const tenantId = someTenant();
      const { id } = await pushGlobal(tenantId);
      await a.recordGlobals([delivery(tenantId, id), delivery(tenantId, id, { recipient: 's' })]);
      expect(await b.cancel(tenantId, { ...alone(id), recipient: 'r' })).toMatchObject({ cancelled: 1, globalEnded: false });
      expect((await b.findGlobal(tenantId, id))?.id).toBe(id);
      expect(await drain(a, tenantId, 's')).toHaveLength(1);
    });

    it('leave nothing pending when a cancel races with the making of rows', async () => {
      for (let round = 0; round < 5; round++) {
        const tenantId = someTenant();
        const { id } = await pushGlobal(tenantId);
        const names = Array.from({ length: 400 }, (_, i) => `r${i}`);
        const chunks = Array.from({ length: 8 }, (_, i) => names.slice(i * 50, (i + 1) * 50));
        const [{ cancelled }] = await Promise.all([
          b.cancel(tenantId, alone(id)),
          ...chunks.map((chunk) => a.recordGlobals(chunk.map((recipient) => delivery(tenantId, id, { recipient })))),
        ]);
        expect(cancelled).toBeLessThanOrEqual(400);
        const rows = await get().sql(
          'SELECT status, cancel_reason, count(*)::int AS n FROM messages WHERE tenant_id = $1 GROUP BY 1, 2',
          [tenantId],
        );
        expect(rows).toEqual([{ status: 'CANCELLED', cancel_reason: 'RECALLED', n: 400 }]);
      }
    });

    it('go by many, of several tenants, in one write: each row is its own, with the moment of its first receipt', async () => {
      const tenants = [someTenant(), someTenant()] as const;
      const globals = await Promise.all(tenants.flatMap((tenantId) => [1, 2].map(() => pushGlobal(tenantId, null))));
      const places = globals.map(({ id }, i) => ({ tenantId: tenants[i >> 1] as string, id }));
      await b.erase(tenants[1], 'r1', HOUR_MS);
      const at = a.clock.now();
      const receipts = [{ kind: 'ACK' as const, at: at - 1 }, { kind: 'PONG' as const, at }, null];
      const deliveries = receipts.flatMap((receipt) =>
        ['r0', 'r1', 'r2'].flatMap((recipient) =>
          places.map(({ tenantId, id }) => delivery(tenantId, id, { recipient, receipt: recipient === 'r2' ? null : receipt })),
        ),
      );
      await a.recordGlobals(deliveries);
      for (const { tenantId, id } of places) {
        const erased = await a.findMessage(tenantId, globalRowId(id, 'r1'));
        if (tenantId === tenants[1]) expect(erased).toBeNull();
        else expect(erased).toMatchObject({ recipient: 'r1', globalMessageId: id, status: 'DELIVERED' });
        const { createdAt, deliveredAt, ...settled } = await messageOf(a, tenantId, globalRowId(id, 'r0'));
        expect(settled).toMatchObject({ recipient: 'r0', globalMessageId: id, status: 'DELIVERED', receipt: 'ACK' });
        expect(deliveredAt?.getTime()).toBe(Math.max(Math.floor(at - 1), createdAt.getTime()));
        expect(await messageOf(a, tenantId, globalRowId(id, 'r2'))).toMatchObject({ status: 'PENDING', deliveredAt: null });
      }
    });

    it('are one row each when two nodes record a run of them at once, and one of the run is cancelled meanwhile', async () => {
      const tenantId = someTenant();
      const run = await Promise.all(Array.from({ length: 5 }, () => pushGlobal(tenantId)));
      const recalled = run[2]?.id ?? '';
      const names = Array.from({ length: 100 }, (_, i) => `r${i}`);
      const record = (store: Store, order: string[]) =>
        store.recordGlobals(
          order.flatMap((recipient) => run.map(({ id }) => delivery(tenantId, id, { recipient, receipt: pong() }))),
        );
      await Promise.all([record(a, names), b.cancel(tenantId, alone(recalled)), record(b, [...names].reverse())]);
      const rows = await get().sql<{ recalled: boolean; n: number; received: number }>(
        `SELECT global_message_id = $2 AS recalled, count(*)::int AS n, count(delivered_at)::int AS received
         FROM messages WHERE tenant_id = $1 AND status <> 'PENDING' GROUP BY 1 ORDER BY 1`,
        [tenantId, recalled],
      );
      expect(rows).toEqual([
        { recalled: false, n: 400, received: 400 },
        { recalled: true, n: 100, received: 100 },
      ]);
    });

    it('run at most 1,000 at once per tenant; those that ended do not count', async () => {
      const tenantId = someTenant();
      await get().sql(
        `INSERT INTO global_messages (tenant_id, id, message, created_at, expires_at, cancelled_at)
         SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint, nextval('message_seq')), 'g', now(), now() + interval '1 hour',
           CASE WHEN i > 990 THEN now() END FROM generate_series(1, 1100) i`,
        [tenantId],
      );
      const pushes = Array.from({ length: 20 }, (_, i) =>
        (i % 2 ? a : b).pushGlobal({ tenantId, message: 'g', topic: null, expiresAt: inAnHour(), idempotency: null }),
      );
      const results = await Promise.allSettled(pushes);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(10);
      const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      expect(refused[0]).toMatchObject({ code: 'QUOTA_EXCEEDED', details: { limit: 1000 } });
      await pushGlobal(tenantId, null);
    });
  });
}
