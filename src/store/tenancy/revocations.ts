import type { AuditNote } from '../../core/domain/audit.js';
import { recipientHash } from '../../core/domain/message-ids.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { ALL_TOKENS, type HeldRevocation } from '../../core/ports/stores/delivery-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import { erasureLock } from '../database/advisory-locks.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { lastIdAt } from '../database/uuid-ranges.js';
import { DELIVERIES, recallOf } from '../sharing/work.js';
import { eraseFromQueue } from '../webhooks/queue-erasure.js';
import { deleteInBatches } from './delete-in-batches.js';

/**
 * Looks back this much further, in milliseconds. A revocation is dated when its statement begins, and becomes
 * visible at most so long after that.
 */
const LATE_COMMIT_MS = 15_000;
/** Keeps a revocation this many milliseconds beyond the last token's end: clocks are compared by estimate. */
const KEEP_MARGIN_MS = 60_000;
/**
 * Keeps an erasure this much longer, in milliseconds: for a day after its end a token that is tried again is
 * told of in activity, and what a database that was away has not written yet comes later still.
 */
const KEEP_ERASED_MS = 2 * 24 * 60 * 60 * 1000;

// Of two revocations at once, the number that was drawn first may be written last; the greater one stays. A
// later revocation never forgets an erasure: connections from before it may still be there.
const REVOKE = `
  WITH moment AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'on', true), date_trunc('milliseconds', clock_timestamp()) AS now
  )
  INSERT INTO revocations AS v (tenant_id, recipient_hash, number, revoked_at, erased_at, erased_number, keep_until)
  SELECT $1::uuid, decode($2, 'hex'), n.number, now, CASE WHEN $3::boolean THEN now END, CASE WHEN $3::boolean THEN n.number END,
    now + $4::bigint * interval '1 millisecond'
  FROM moment CROSS JOIN LATERAL (SELECT nextval('revocation_seq') AS number OFFSET 0) AS n
  ON CONFLICT (tenant_id, recipient_hash) DO UPDATE SET
    number = greatest(v.number, excluded.number),
    revoked_at = greatest(v.revoked_at, excluded.revoked_at),
    erased_at = coalesce(excluded.erased_at, v.erased_at),
    erased_number = greatest(v.erased_number, excluded.erased_number),
    keep_until = greatest(v.keep_until, excluded.keep_until)
  RETURNING v.number::text, v.revoked_at`;

/**
 * Tables of status events with their primary keys, in the order in which events pass them: what is numbered
 * meanwhile is waited for in the first, and found in the second.
 */
const EVENT_TABLES = [
  ['status_event_inbox', 'seq'],
  ['status_events', 'tenant_id, number'],
] as const;

interface NewRevocation {
  tenantId: string;
  recipient: string;
  tokenTtlMs: number;
  erase: boolean;
  note: AuditNote | null;
}

/**
 * Revokes and erases recipients. A revocation is exact: a token carries its recipient's number, read when it
 * was issued, and no clock is compared. See docs/design/globals.md for an erasure while rows are being made.
 */
export class Revocations {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly metrics: Metrics,
  ) {}

  revoke(tenantId: string, recipient: string, tokenTtlMs: number, note: AuditNote | null = null) {
    return this.#revoke({ tenantId, recipient, tokenTtlMs, erase: false, note });
  }

  async erase(
    tenantId: string,
    recipient: string,
    tokenTtlMs: number,
    note: AuditNote | null = null,
  ): Promise<{ number: number; erased: number }> {
    const { number, revokedAt } = await this.#revoke({ tenantId, recipient, tokenTtlMs, erase: true, note });
    // Transactions that make rows of global messages or activity now may not see the erasure: wait for
    // them, then delete.
    await this.database.transaction(({ query }) => query('SELECT pg_advisory_xact_lock($1::bigint)', [erasureLock(tenantId)]), {
      work: recallOf(tenantId),
    });
    // All of it: nodes date it by their estimates, so no moment tells what came before.
    await deleteInBatches(this.database, {
      work: recallOf(tenantId),
      table: 'activity',
      key: 'tenant_id, recipient, id',
      condition: 'm.tenant_id = $1 AND m.recipient = $2',
      values: [tenantId, recipient],
    });
    const { deleted, counted } = await deleteInBatches(this.database, {
      work: recallOf(tenantId),
      table: 'messages',
      key: 'tenant_id, id',
      condition: 'm.tenant_id = $1 AND m.recipient = $2 AND m.id <= $3',
      values: [tenantId, recipient, lastIdAt(revokedAt.getTime())],
      counted: `status = 'PENDING'`,
    });
    // Whatever settled one of them has ended by now, so its events are here. Those of messages that were pushed
    // since stay.
    await eraseFromQueue(this.database, { tenantId, recipient, lastMessageId: lastIdAt(revokedAt.getTime()) });
    for (const [table, key] of EVENT_TABLES)
      await deleteInBatches(this.database, {
        work: recallOf(tenantId),
        table,
        key,
        condition: 'm.tenant_id = $1 AND m.recipient = $2 AND m.message_id <= $3',
        values: [tenantId, recipient, lastIdAt(revokedAt.getTime())],
      });
    this.metrics.erased.inc(counted);
    if (note !== null) await this.audit.finish(note);
    return { number, erased: deleted };
  }

  async since(tenantIds: readonly string[], since: Date): Promise<{ revocations: HeldRevocation[]; inactiveTenants: string[] }> {
    if (tenantIds.length === 0) return { revocations: [], inactiveTenants: [] };
    const tenants = plainArray(tenantIds);
    const [revoked, inactive] = await Promise.all([
      this.database.query<{ tenant_id: string; hash: string | null; number: string }>(
        `SELECT tenant_id, encode(recipient_hash, 'hex') AS hash, number::text FROM revocations
         WHERE tenant_id = ANY ($1::uuid[]) AND revoked_at >= $2
         UNION ALL
         SELECT id, NULL, revocation::text FROM tenants WHERE id = ANY ($1::uuid[]) AND revoked_at >= $2`,
        [tenants, new Date(since.getTime() - LATE_COMMIT_MS)],
        { work: DELIVERIES },
      ),
      this.database.query<{ id: string; gone: boolean }>(
        `SELECT r.id, t.id IS NULL AS gone FROM unnest($1::uuid[]) AS r(id) LEFT JOIN tenants t ON t.id = r.id
         WHERE t.id IS NULL OR t.disabled_at IS NOT NULL`,
        [tenants],
        { work: DELIVERIES },
      ),
    ]);
    const gone = inactive.filter((tenant) => tenant.gone).map(({ id }) => ({ tenantId: id, ...ALL_TOKENS }));
    const told = revoked.map((row) => ({ tenantId: row.tenant_id, recipientHash: row.hash, number: Number(row.number) }));
    return {
      revocations: [...told, ...gone],
      inactiveTenants: inactive.filter((tenant) => !tenant.gone).map(({ id }) => id),
    };
  }

  async #revoke({ tenantId, recipient, tokenTtlMs, erase, note }: NewRevocation): Promise<{ number: number; revokedAt: Date }> {
    const [row] = await this.audit.transaction(note, ({ query }) =>
      query<{ number: string; revoked_at: Date }>(REVOKE, [
        tenantId,
        recipientHash(recipient),
        erase,
        Math.ceil(tokenTtlMs + KEEP_MARGIN_MS + (erase ? KEEP_ERASED_MS : 0)),
      ]),
    );
    if (!row) throw new Error('a revocation answered no row');
    return { number: Number(row.number), revokedAt: row.revoked_at };
  }
}
