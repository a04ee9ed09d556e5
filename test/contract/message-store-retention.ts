import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/index.js';
import { DAY_MS, HOUR_MS, messageOf, push, type StoreHarness, someTenant } from './store-harness.js';

/** Describes a row of the past. */
interface Past {
  ageMs: number;
  status?: string;
  expiresAfterMs?: number;
  settledAfterMs?: number;
  globalId?: string | undefined;
}

export function describeRetention(get: () => StoreHarness): void {
  describe('retention', () => {
    const RETENTION = 10 * DAY_MS;
    const MINUTE = 60_000;
    let store: Store;
    beforeEach(async () => {
      store = await get().open({ messageRetentionMs: RETENTION });
    });
    afterEach(() => store.close());

    const insert = async (tenantId: string, past: Past): Promise<string> => {
      const { ageMs, status = 'PENDING', expiresAfterMs = null, settledAfterMs = null, globalId = null } = past;
      const [row] = await get().sql<{ id: string }>(
        `INSERT INTO messages (tenant_id, id, recipient, message, created_at, expires_at, status, delivered_at, cancelled_at, global_message_id)
         SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'r', 'm', at,
           at + $4::float8 * interval '1 ms', $3::"MessageStatus",
           CASE WHEN $3 = 'DELIVERED' THEN at + $5::float8 * interval '1 ms' END,
           CASE WHEN $3 = 'CANCELLED' THEN at + $5::float8 * interval '1 ms' END, $6::uuid
         FROM (SELECT date_trunc('milliseconds', now()) - $2::float8 * interval '1 ms' AS at) AS s RETURNING id`,
        [tenantId, ageMs, status, expiresAfterMs, settledAfterMs, globalId],
      );
      return row?.id ?? '';
    };
    const clean = async () => {
      const total = { expired: 0, deleted: 0 };
      for (;;) {
        const piece = await store.cleanUp();
        if (!piece) return total;
        total.expired += piece.expired;
        total.deleted += piece.deleted;
        if (!piece.more && piece.expired + piece.deleted === 0) return total;
      }
    };
    const exists = async (tenantId: string, id: string) => (await store.findMessage(tenantId, id)) !== null;
    const knownTenant = async () => (await store.createTenant(`retention ${someTenant()}`)).id;

    it('marks what has expired once that is final, with the time of its expiry', async () => {
      const tenantId = await knownTenant();
      const final = await insert(tenantId, { ageMs: HOUR_MS, expiresAfterMs: HOUR_MS - 61_000 });
      const recent = await insert(tenantId, { ageMs: HOUR_MS, expiresAfterMs: HOUR_MS - 50_000 });
      const silent = await insert(tenantId, { ageMs: RETENTION + 2 * MINUTE });
      await clean();
      const rows = await get().sql<{ id: string; status: string; reason: string; at: Date }>(
        'SELECT id, status, cancel_reason AS reason, cancelled_at AS at FROM messages WHERE tenant_id = $1',
        [tenantId],
      );
      const stored = new Map(rows.map((row) => [row.id, row]));
      expect(stored.get(recent)?.status).toBe('PENDING');
      for (const id of [final, silent]) {
        const message = await messageOf(store, tenantId, id);
        const expiry = message.expiresAt ?? new Date(message.createdAt.getTime() + RETENTION);
        expect(stored.get(id)).toEqual({ id, status: 'CANCELLED', reason: 'EXPIRED', at: expiry });
        expect(message).toMatchObject({ status: 'CANCELLED', cancelReason: 'EXPIRED', cancelledAt: expiry });
      }
    });

    it('deletes what was settled longer ago than the retention, whenever it was created', async () => {
      const tenantId = await knownTenant();
      const soon = await insert(tenantId, { ageMs: RETENTION + 2 * MINUTE, status: 'DELIVERED', settledAfterMs: 100 });
      const late = await insert(tenantId, { ageMs: 3 * RETENTION, status: 'CANCELLED', settledAfterMs: 2 * RETENTION - MINUTE });
      const lateDelivered = await insert(tenantId, { ageMs: 2 * RETENTION, status: 'DELIVERED', settledAfterMs: 5 * MINUTE });
      const kept = [
        await insert(tenantId, { ageMs: 3 * RETENTION, status: 'DELIVERED', settledAfterMs: 2 * RETENTION + HOUR_MS }),
        await insert(tenantId, { ageMs: RETENTION - HOUR_MS, status: 'DELIVERED', settledAfterMs: 100 }),
        await insert(tenantId, { ageMs: 3 * RETENTION, expiresAfterMs: 4 * RETENTION }),
      ];
      await clean();
      for (const id of [soon, late, lateDelivered]) expect(await exists(tenantId, id)).toBe(false);
      for (const id of kept) expect(await exists(tenantId, id)).toBe(true);
    });

    it('deletes rows of a tenant that had none when it last looked', async () => {
      await clean();
      const tenantId = await knownTenant();
      const old = await insert(tenantId, { ageMs: RETENTION + 2 * MINUTE, status: 'DELIVERED', settledAfterMs: 100 });
      await clean();
      expect(await exists(tenantId, old)).toBe(false);
    });

    it('keeps the rows of a global message until the retention after its end, then deletes it with them', async () => {
      const tenantId = await knownTenant();
      const globals = await get().sql<{ id: string }>(
        `INSERT INTO global_messages (tenant_id, id, message, created_at, expires_at)
         SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'g', at, ends
         FROM (VALUES (now() - interval '40 days', now() - interval '11 days'), (now() - interval '40 days', now() + interval '1 day'),
           (now() - interval '12 days', NULL)) AS s(at, ends) RETURNING id`,
        [tenantId],
      );
      const [ended, running, momentary] = globals.map(({ id }) => id);
      const old = { ageMs: 40 * DAY_MS, status: 'DELIVERED', settledAfterMs: 100 };
      const ofEnded = await insert(tenantId, { ...old, globalId: ended });
      const ofRunning = await insert(tenantId, { ...old, globalId: running });
      const ofMomentary = await insert(tenantId, { ...old, ageMs: 12 * DAY_MS, globalId: momentary });
      const pendingOfMomentary = await insert(tenantId, { ageMs: 12 * DAY_MS, globalId: momentary });
      await clean();
      expect(await exists(tenantId, ofEnded)).toBe(false);
      expect(await exists(tenantId, ofRunning)).toBe(true);
      expect(await exists(tenantId, ofMomentary)).toBe(false);
      // It expired 10 days after its creation, that is 2 days ago.
      expect((await messageOf(store, tenantId, pendingOfMomentary)).cancelReason).toBe('EXPIRED');
      const left = await get().sql<{ id: string }>('SELECT id FROM global_messages WHERE tenant_id = $1', [tenantId]);
      expect(new Set(left.map(({ id }) => id))).toEqual(new Set([running, momentary]));
    });

    it('deletes rows of a global message behind many that keep a row', async () => {
      const tenantId = await knownTenant();
      const globals = await get().sql<{ id: string }>(
        `INSERT INTO global_messages (tenant_id, id, message, created_at)
         SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'g', at
         FROM (SELECT now() - interval '12 days' + n * interval '1 second' AS at FROM generate_series(1, 200) n) AS s
         ORDER BY at RETURNING id`,
        [tenantId],
      );
      const last = globals.at(-1)?.id;
      for (const { id } of globals.slice(0, -1)) await insert(tenantId, { ageMs: 12 * DAY_MS, globalId: id });
      const old = await insert(tenantId, { ageMs: 12 * DAY_MS, status: 'DELIVERED', settledAfterMs: 100, globalId: last });
      await clean();
      expect(await exists(tenantId, old)).toBe(false);
      expect(await get().sql('SELECT id FROM global_messages WHERE id = $1', [last])).toEqual([]);
    });

    it('deletes old idempotency keys, revocations that concern no token any more, and rows of tenants that are gone', async () => {
      const tenantId = await knownTenant();
      await get().sql(
        `INSERT INTO idempotency_keys VALUES ($1, 'old', '', '[]', now() - interval '24 hours'), ($1, 'new', '', '[]', now())`,
        [tenantId],
      );
      await store.revoke(tenantId, 'r', HOUR_MS);
      await store.revoke(tenantId, 's', HOUR_MS);
      await get().sql(`UPDATE revocations SET keep_until = now() WHERE tenant_id = $1 AND recipient_hash = sha256('r')`, [
        tenantId,
      ]);
      const gone = someTenant();
      await push(store, gone, ['a', 'b']);
      await clean();
      expect(await get().sql('SELECT key FROM idempotency_keys WHERE tenant_id = $1', [tenantId])).toEqual([{ key: 'new' }]);
      expect((await store.standing(tenantId, 'r')).revocation).toBe(0);
      expect((await store.standing(tenantId, 's')).revocation).toBeGreaterThan(0);
      expect(await get().sql('SELECT id FROM messages WHERE tenant_id = $1', [gone])).toEqual([]);
    });

    it('goes through more rows than one piece holds', async () => {
      const tenantId = await knownTenant();
      await get().sql(
        `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, delivered_at)
         SELECT $1, message_id((extract(epoch FROM at) * 1000)::bigint, nextval('message_seq')), 'r', 'm', at, 'DELIVERED', at
         FROM (SELECT now() - interval '11 days' AS at FROM generate_series(1, 12000)) AS s`,
        [tenantId],
      );
      const fresh = await push(store, tenantId, 'r');
      expect((await store.cleanUp())?.more).toBe(true);
      await clean();
      expect((await store.cleanUp())?.more).toBe(false);
      expect(await get().sql('SELECT id FROM messages WHERE tenant_id = $1', [tenantId])).toEqual([{ id: fresh[0] }]);
      expect(await exists(tenantId, fresh[0] ?? '')).toBe(true);
    });

    it('is done by one node at a time', async () => {
      const other = await get().open({ messageRetentionMs: RETENTION });
      const results = await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? store : other).cleanUp()));
      expect(results.some((result) => result !== null)).toBe(true);
      await other.close();
    });
  });
}
