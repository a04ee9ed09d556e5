import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Message, MessageCounts } from '../../src/core/domain/message.js';
import type { GlobalMessageQuery, MessageQuery } from '../../src/core/ports/stores/query-store.js';
import type { Store } from '../../src/store/index.js';
import { anything, DAY_MS, HOUR_MS, push, type StoreHarness, someTenant, walk } from './store-harness.js';

/** Works out from all messages which page the interface describes. */
function matching(all: readonly Message[], query: Partial<MessageQuery>): string[] {
  const within = (range: MessageQuery['createdAt'] | undefined, date: Date | null) =>
    !range || (date !== null && (!range.from || date >= range.from) && (!range.to || date <= range.to));
  return all
    .filter(
      (message) =>
        (!query.recipient || message.recipient === query.recipient) &&
        (!query.globalMessageId || message.globalMessageId === query.globalMessageId) &&
        (!query.topic || message.topic === query.topic) &&
        (!query.status || message.status === query.status) &&
        (!query.receipt || message.receipt === query.receipt) &&
        (!query.cancelReason || message.cancelReason === query.cancelReason) &&
        within(query.deliveredAt, message.deliveredAt) &&
        within(query.createdAt, message.createdAt) &&
        within(query.expiresAt, message.expiresAt),
    )
    .map(({ id }) => id);
}

function countsOf(messages: readonly Message[]): MessageCounts {
  const count = (status: Message['status']) => messages.filter((message) => message.status === status).length;
  return { pending: count('PENDING'), delivered: count('DELIVERED'), cancelled: count('CANCELLED'), exact: true };
}

export function describeQueries(get: () => StoreHarness): void {
  describe('queries', () => {
    let store: Store;
    beforeAll(async () => {
      store = await get().open();
    });
    afterAll(() => store.close());

    it('find nothing for another tenant, a malformed id or one that is not there', async () => {
      const tenantId = someTenant();
      const [id] = await push(store, tenantId, 'r');
      expect((await store.findMessage(tenantId, (id ?? '').toUpperCase()))?.id).toBe(id);
      expect(await store.findMessage(someTenant(), id ?? '')).toBeNull();
      expect(await store.findMessage(tenantId, 'nonsense')).toBeNull();
      expect(await store.findMessage(tenantId, someTenant())).toBeNull();
      expect(await walk(store, tenantId, { globalMessageId: 'nonsense' })).toEqual([]);
    });

    describe('of a tenant with messages of every kind', () => {
      let tenantId: string;
      let globalId: string;
      let all: Message[];
      beforeAll(async () => {
        tenantId = someTenant();
        const expiresAt = new Date(Date.now() + HOUR_MS);
        const { item } = await store.pushGlobal({ tenantId, message: 'g', topic: 'news', expiresAt, idempotency: null });
        globalId = item.id;
        // Inserts every combination of recipient, topic, expiry and fate, over some days.
        await get().sql(
          `INSERT INTO messages (tenant_id, id, recipient, message, topic, created_at, expires_at, status, receipt, cancel_reason,
             delivered_at, cancelled_at)
           SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'r' || i % 5, 'm' || i,
             CASE i % 3 WHEN 0 THEN 't' WHEN 1 THEN 'u' END, at,
             CASE i % 4 WHEN 0 THEN at + interval '1 minute' WHEN 1 THEN at + interval '300 days' END,
             (CASE WHEN i % 7 < 3 THEN 'PENDING' WHEN i % 7 < 5 THEN 'DELIVERED' ELSE 'CANCELLED' END)::"MessageStatus",
             (CASE WHEN i % 7 BETWEEN 3 AND 4 THEN 'ACK' END)::"ReceiptKind",
             (CASE WHEN i % 7 > 4 THEN 'RECALLED' END)::"CancelReason",
             CASE WHEN i % 7 BETWEEN 3 AND 4 THEN at END, CASE WHEN i % 7 > 4 THEN at END
           FROM (SELECT i, date_trunc('milliseconds', now()) - i * interval '4 hours' AS at FROM generate_series(1, 420) i) AS s`,
          [tenantId],
        );
        await store.recordGlobals(
          ['r1', 'r2', 'r3', 'r9'].map((recipient, i) => ({
            tenantId,
            globalMessageId: globalId,
            recipient,
            revocation: 0,
            receipt: i % 2 ? { kind: 'PONG', at: store.clock.now() } : null,
          })),
        );
        const { items } = await store.listMessages(tenantId, anything, null, 1_000);
        all = items;
      });

      it('show everything, newest first, the rows of global messages too', () => {
        expect(all).toHaveLength(424);
        expect(all.map(({ id }) => id)).toEqual(
          all
            .map(({ id }) => id)
            .sort()
            .reverse(),
        );
        expect(all.filter(({ globalMessageId }) => globalMessageId === globalId).map(({ message }) => message)).toEqual(
          Array(4).fill('g'),
        );
        // Messages older than the 30 days of retention have expired without an `expiresAt`.
        const old = all.filter(
          ({ status, cancelReason, expiresAt }) => status === 'CANCELLED' && cancelReason === 'EXPIRED' && !expiresAt,
        );
        expect(old.length).toBeGreaterThan(0);
        for (const { createdAt, cancelledAt } of old) expect(cancelledAt?.getTime()).toBe(createdAt.getTime() + 30 * DAY_MS);
      });

      const statuses = [null, 'PENDING', 'DELIVERED', 'CANCELLED'] as const;
      const filters: Array<[string, () => Partial<MessageQuery>]> = [
        ['nothing else', () => ({})],
        ['a recipient', () => ({ recipient: 'r2' })],
        ['a topic', () => ({ topic: 't' })],
        ['a recipient and a topic', () => ({ recipient: 'r1', topic: 'u' })],
        ['a global message', () => ({ globalMessageId: globalId })],
        ['a global message and a recipient', () => ({ globalMessageId: globalId, recipient: 'r2' })],
        ['a global message and a topic', () => ({ globalMessageId: globalId, topic: 't' })],
        ['creation', () => ({ createdAt: { from: all[300]?.createdAt ?? null, to: all[100]?.createdAt ?? null } })],
        ['creation until', () => ({ createdAt: { from: null, to: all[200]?.createdAt ?? null } })],
        ['creation since, and a topic', () => ({ topic: 'u', createdAt: { from: all[200]?.createdAt ?? null, to: null } })],
        ['expiry', () => ({ expiresAt: { from: new Date(), to: null } })],
        ['expiry until', () => ({ expiresAt: { from: null, to: new Date() } })],
        [
          'expiry and a recipient',
          () => ({ recipient: 'r3', expiresAt: { from: new Date(0), to: new Date(Date.now() + HOUR_MS) } }),
        ],
        ['a receipt', () => ({ receipt: 'PONG' })],
        ['a receipt and a recipient', () => ({ receipt: 'ACK', recipient: 'r1' })],
        ['recall', () => ({ cancelReason: 'RECALLED' })],
        ['that expiry', () => ({ cancelReason: 'EXPIRED' })],
        ['that expiry and a topic', () => ({ cancelReason: 'EXPIRED', topic: 't' })],
        ['delivery', () => ({ deliveredAt: { from: all[300]?.createdAt ?? null, to: all[100]?.createdAt ?? null } })],
        ['delivery since', () => ({ deliveredAt: { from: all[200]?.createdAt ?? null, to: null } })],
        ['expiry of one moment', () => ({ expiresAt: { from: all[0]?.expiresAt ?? null, to: all[0]?.expiresAt ?? null } })],
      ];
      for (const status of statuses) {
        for (const [name, query] of filters) {
          it(`walk by status ${status ?? 'any'} and ${name}, in pages of any size`, async () => {
            const expected = matching(all, { ...query(), status });
            for (const limit of [1_000, 7]) expect(await walk(store, tenantId, { ...query(), status }, limit)).toEqual(expected);
            const counted = all.filter(({ id }) => expected.includes(id));
            expect(await store.countMessages(tenantId, { ...anything, ...query(), status })).toEqual(countsOf(counted));
          });
        }
      }
    });

    it('count the rows of global messages, each by its own', async () => {
      const tenantId = someTenant();
      const push = async () =>
        (await store.pushGlobal({ tenantId, message: 'g', topic: null, expiresAt: null, idempotency: null })).item.id;
      const [reached, unheard] = [await push(), await push()];
      const receipt = { kind: 'PONG' as const, at: store.clock.now() };
      await store.recordGlobals(
        ['a', 'b', 'c'].map((recipient, i) => ({
          ...{ tenantId, globalMessageId: reached, recipient, revocation: 0, receipt: i === 0 ? receipt : null },
        })),
      );
      const none = { pending: 0, delivered: 0, cancelled: 0, exact: true };
      expect(await store.countGlobalRows(tenantId, [reached, unheard])).toEqual(
        new Map([
          [reached, { ...none, pending: 2, delivered: 1 }],
          [unheard, none],
        ]),
      );
      expect(await store.countGlobalRows(someTenant(), [reached])).toEqual(new Map([[reached, none]]));
    });

    it('count no more than 100,000 rows, and say so', async () => {
      const tenantId = someTenant();
      const globalId = (await store.pushGlobal({ tenantId, message: 'g', topic: null, expiresAt: null, idempotency: null })).item
        .id;
      const insert = (count: number) =>
        get().sql(
          `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, global_message_id)
           SELECT $1, message_id((extract(epoch FROM now()) * 1000)::bigint, nextval('message_seq')), 'r', 'm', now(), 'DELIVERED', $3
           FROM generate_series(1, $2)`,
          [tenantId, count, globalId],
        );
      await insert(100_000);
      const counts = { pending: 0, delivered: 100_000, cancelled: 0, exact: true };
      for (const query of [{}, { recipient: 'r' }, { globalMessageId: globalId }])
        expect(await store.countMessages(tenantId, { ...anything, ...query })).toEqual(counts);
      expect((await store.countGlobalRows(tenantId, [globalId])).get(globalId)).toEqual(counts);
      await insert(10);
      const bounded = { pending: 0, delivered: expect.any(Number), cancelled: 0, exact: false };
      expect(await store.countMessages(tenantId, anything)).toEqual(bounded);
      expect((await store.countGlobalRows(tenantId, [globalId])).get(globalId)).toEqual(bounded);
      // Nothing is pending, which its index tells at once.
      expect(await store.countMessages(tenantId, { ...anything, status: 'PENDING' })).toEqual({ ...counts, delivered: 0 });
    }, 60_000);

    it('walk through all that was there at the start, exactly once, while others push', async () => {
      const tenantId = someTenant();
      const before = await push(
        store,
        tenantId,
        Array.from({ length: 300 }, (_, i) => `r${i}`),
      );
      let done = false;
      const pushing = (async () => {
        while (!done) await push(store, tenantId, ['x', 'y', 'z']);
      })();
      const seen = await walk(store, tenantId, {}, 20);
      done = true;
      await pushing;
      expect(seen).toEqual([...new Set(seen)]);
      expect(seen.slice(-300)).toEqual([...before].reverse());
    });

    it('bound the text of a page, and go on behind it', async () => {
      const tenantId = someTenant();
      for (let i = 0; i < 3; i++) {
        await push(
          store,
          tenantId,
          Array.from({ length: 60 }, (_, n) => `r${n}`),
          { message: 'x'.repeat(64 * 1024) },
        );
      }
      const first = await store.listMessages(tenantId, anything, null, 1_000);
      expect(first.items.length).toBeLessThan(180);
      expect(first.items.length * 64 * 1024).toBeGreaterThan(7 * 1024 * 1024);
      expect(first.next).toBe(first.items.at(-1)?.id);
      expect(first.items.every(({ message }) => message.length === 64 * 1024)).toBe(true);
      expect(await walk(store, tenantId, {}, 1_000)).toHaveLength(180);
      const shorter = await store.listMessages(tenantId, anything, null, 1_000, 200_000);
      expect(shorter.items).toEqual(first.items.slice(0, 4));
      expect(shorter.next).toBe(first.items[3]?.id);
    }, 30_000);

    it('bound the rows that a page looks at', async () => {
      const tenantId = someTenant();
      await get().sql(
        `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status)
         SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'r', 'm', at,
           (CASE WHEN i = 1 THEN 'PENDING' ELSE 'DELIVERED' END)::"MessageStatus"
         FROM (SELECT i, date_trunc('milliseconds', now()) AS at FROM generate_series(1, 10005) i) AS s`,
        [tenantId],
      );
      const query = { ...anything, recipient: 'r', topic: 'nobody' };
      const first = await store.listMessages(tenantId, query, null, 10);
      expect(first.items).toEqual([]);
      expect(first.next).not.toBeNull();
      expect(await walk(store, tenantId, query, 10)).toEqual([]);
      // The pending one is the oldest: it is found without a look at the others.
      expect((await store.listMessages(tenantId, { ...anything, status: 'PENDING' }, null, 10)).items).toHaveLength(1);
    });

    it('list global messages by topic, creation and expiry, newest first', async () => {
      const tenantId = someTenant();
      const ids: string[] = [];
      const at = Date.now();
      for (let i = 0; i < 12; i++) {
        const expiresAt = i % 3 ? new Date(at + i * HOUR_MS) : null;
        const topic = i % 2 ? 't' : null;
        ids.unshift((await store.pushGlobal({ tenantId, message: `g${i}`, topic, expiresAt, idempotency: null })).item.id);
      }
      const list = async (query: Partial<GlobalMessageQuery>) => {
        const seen: string[] = [];
        for (let after: string | null = null; ; ) {
          const filter = { topic: null, createdAt: null, expiresAt: null, ...query };
          const page = await store.listGlobalMessages(tenantId, filter, after, 2);
          seen.push(...page.items.map(({ message }) => message));
          if (page.next === null) return seen;
          after = page.next;
        }
      };
      expect(await list({})).toEqual(ids.map((_, i) => `g${11 - i}`));
      expect(await list({ topic: 't' })).toEqual(['g11', 'g9', 'g7', 'g5', 'g3', 'g1']);
      expect(await list({ expiresAt: { from: new Date(at + 2 * HOUR_MS), to: new Date(at + 5 * HOUR_MS) } })).toEqual([
        'g5',
        'g4',
        'g2',
      ]);
      expect(await list({ createdAt: { from: new Date(at + DAY_MS), to: null } })).toEqual([]);
      expect(await list({ topic: 'nobody' })).toEqual([]);
    });
  });
}
