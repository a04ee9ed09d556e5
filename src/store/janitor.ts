import { performance } from 'node:perf_hooks';
import { LIMITS } from '../core/limits.js';
import type { JanitorStore } from '../core/message-store.js';
import type { Metrics } from '../core/metrics.js';
import type { Database } from './database.js';
import { firstIdAt, SMALLEST_ID } from './ids.js';
import type { Run } from './insert-messages.js';
import { janitorLock } from './locks.js';
import { plainArray } from './sql-array.js';
import type { StatusRules } from './status.js';

/** Rows of one step of a piece of work: small, so that what a step writes to the log holds up no commit of a push for long. */
const STEP_ROWS = 1_000;
/** The walk by id leaves what was settled later than this after its creation to the index `messages_settled_late_idx`. */
const SETTLED_EARLY_MS = 60_000;
/** Every so often the walk begins anew, for rows that were locked when it came by. */
const WALK_AGAIN_MS = 24 * 60 * 60 * 1000;
/** How old the list of tenants may be, in milliseconds: making it passes all entries of the index that were deleted and not vacuumed. */
const TENANTS_MS = 60_000;
const TIMEOUT_MS = 20_000;

interface Cleaned {
  expired: number;
  deleted: number;
}

/** Marks what has expired and deletes what nobody needs any more, in pieces that hold locks briefly. Rows that others hold are left for later. */
export class Janitor implements JanitorStore {
  /** How far the walk has come, by tenant. */
  #cursors = new Map<string, string>();
  #walkBegan = performance.now();
  #tenants: { found: readonly FoundTenant[]; until: number } | null = null;

  constructor(
    private readonly database: Database,
    private readonly rules: StatusRules,
    private readonly metrics: Metrics,
  ) {}

  async cleanUp(): Promise<Cleaned | null> {
    const cleaned = await this.database.transaction(({ query }) => this.#piece(query), { timeoutMs: TIMEOUT_MS });
    this.metrics.expired.inc(cleaned?.expired ?? 0);
    this.metrics.deleted.inc(cleaned?.deleted ?? 0);
    return cleaned;
  }

  async #piece(run: Run): Promise<Cleaned | null> {
    const [lock] = await run<{ got: boolean; now: number }>(
      'SELECT pg_try_advisory_xact_lock($1::bigint) AS got, extract(epoch FROM clock_timestamp())::float8 * 1000 AS now',
      [janitorLock],
    );
    if (!lock?.got) return null;
    const due = await this.#markDue(run);
    const walked = await this.#walk(run, Math.floor(lock.now));
    const deleted =
      walked.deleted +
      (await this.#deleteSettledLate(run)) +
      (await this.#deleteGlobals(run)) +
      (await deleteOld(
        run,
        'idempotency_keys',
        'tenant_id, key',
        `created_at <= now() - interval '${LIMITS.idempotencyMs} milliseconds'`,
      )) +
      (await deleteOld(run, 'revocations', 'tenant_id, recipient_hash', 'keep_until <= now()'));
    return { expired: due + walked.expired, deleted };
  }

  get #retention(): string {
    return `interval '${Math.floor(this.rules.retentionMs)} milliseconds'`;
  }

  /** What expired by its `expiresAt`, once no receipt can change it any more. */
  async #markDue(run: Run): Promise<number> {
    const [row] = await run<{ expired: number }>(
      `WITH due AS (
         SELECT m.tenant_id, m.id FROM messages m
         WHERE m.status = 'PENDING' AND m.expires_at IS NOT NULL
           AND m.expires_at < now() - interval '${LIMITS.expiryFinalAfterMs} milliseconds'
         ORDER BY m.expires_at LIMIT ${STEP_ROWS} FOR NO KEY UPDATE SKIP LOCKED
       ), marked AS (
         UPDATE messages m SET status = 'CANCELLED', cancel_reason = 'EXPIRED', cancelled_at = m.expires_at
         FROM due WHERE m.tenant_id = due.tenant_id AND m.id = due.id RETURNING 1
       ) SELECT count(*)::int AS expired FROM marked`,
      [],
    );
    return row?.expired ?? 0;
  }

  /**
   * Each tenant's rows by id, oldest first, up to the retention's age: deletes what was settled soon after its creation, marks what expired
   * without an `expiresAt`, deletes all of tenants that are gone. What it passes by has an index of its own.
   */
  async #walk(run: Run, now: number): Promise<Cleaned> {
    if (performance.now() - this.#walkBegan > WALK_AGAIN_MS) {
      this.#cursors.clear();
      this.#walkBegan = performance.now();
    }
    const tenants = await this.#tenantsWithMessages(run);
    const bound = firstIdAt(now - this.rules.retentionMs - SETTLED_EARLY_MS);
    const rows = await run<{ tenant_id: string; last: string; seen: number; deleted: number; expired: number }>(
      `WITH seen AS MATERIALIZED (
         SELECT s.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[]) AS t(tenant_id, cursor, bound, gone)
         CROSS JOIN LATERAL (
           SELECT m.tenant_id, m.id,
             t.gone OR (m.status <> 'PENDING' AND m.global_message_id IS NULL
               AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention}) AS deletable,
             m.status = 'PENDING' AND m.expires_at IS NULL AND NOT t.gone AS overdue
           FROM messages m WHERE m.tenant_id = t.tenant_id AND m.id > t.cursor AND m.id < t.bound
           ORDER BY m.id LIMIT ${STEP_ROWS}
         ) AS s LIMIT ${STEP_ROWS}
       ), free AS MATERIALIZED (
         SELECT m.tenant_id, m.id, s.deletable FROM messages m JOIN seen s USING (tenant_id, id)
         WHERE s.deletable OR (s.overdue AND m.status = 'PENDING')
         FOR NO KEY UPDATE OF m SKIP LOCKED
       ), deleted AS (
         DELETE FROM messages m USING free f WHERE f.deletable AND m.tenant_id = f.tenant_id AND m.id = f.id RETURNING m.tenant_id
       ), marked AS (
         UPDATE messages m SET status = 'CANCELLED', cancel_reason = 'EXPIRED', cancelled_at = ${this.rules.expiry}
         FROM free f WHERE NOT f.deletable AND m.tenant_id = f.tenant_id AND m.id = f.id RETURNING m.tenant_id
       )
       SELECT tenant_id, (array_agg(id::text ORDER BY id DESC))[1] AS last, count(*)::int AS seen,
         (SELECT count(*)::int FROM deleted d WHERE d.tenant_id = seen.tenant_id) AS deleted,
         (SELECT count(*)::int FROM marked d WHERE d.tenant_id = seen.tenant_id) AS expired
       FROM seen GROUP BY tenant_id`,
      [
        plainArray(tenants.map(({ id }) => id)),
        plainArray(tenants.map(({ id }) => this.#cursors.get(id) ?? SMALLEST_ID)),
        plainArray(tenants.map(({ gone }) => (gone ? 'ffffffff-ffff-ffff-ffff-ffffffffffff' : bound))),
        plainArray(tenants.map(({ gone }) => String(gone))),
      ],
    );
    for (const { tenant_id, last } of rows) this.#cursors.set(tenant_id, last);
    return { deleted: sum(rows.map((row) => row.deleted)), expired: sum(rows.map((row) => row.expired)) };
  }

  async #tenantsWithMessages(run: Run): Promise<readonly FoundTenant[]> {
    if (this.#tenants === null || performance.now() >= this.#tenants.until) {
      this.#tenants = { found: await tenantsWithMessages(run), until: performance.now() + TENANTS_MS };
    }
    return this.#tenants.found;
  }

  async #deleteSettledLate(run: Run): Promise<number> {
    // The conditions repeat those of the index.
    const [row] = await run<{ deleted: number }>(
      `WITH old AS (
         SELECT m.tenant_id, m.id FROM messages m
         WHERE m.status <> 'PENDING' AND (coalesce(m.cancelled_at, m.delivered_at) - m.created_at) > interval '1 minute'
           AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention} AND m.global_message_id IS NULL
         ORDER BY coalesce(m.cancelled_at, m.delivered_at) LIMIT ${STEP_ROWS} FOR UPDATE SKIP LOCKED
       ), deleted AS (
         DELETE FROM messages m USING old WHERE m.tenant_id = old.tenant_id AND m.id = old.id RETURNING 1
       ) SELECT count(*)::int AS deleted FROM deleted`,
      [],
    );
    return row?.deleted ?? 0;
  }

  /** Rows of the global messages that ended longest ago, then, when none is left, the global message. */
  async #deleteGlobals(run: Run): Promise<number> {
    const ended = await run<{ tenant_id: string; id: string }>(
      `SELECT tenant_id, id FROM global_messages
       WHERE coalesce(cancelled_at, expires_at, created_at) <= now() - ${this.#retention}
       ORDER BY coalesce(cancelled_at, expires_at, created_at) LIMIT 50 FOR UPDATE SKIP LOCKED`,
      [],
    );
    if (ended.length === 0) return 0;
    const globals = [plainArray(ended.map(({ tenant_id }) => tenant_id)), plainArray(ended.map(({ id }) => id))];
    const [rows] = await run<{ deleted: number }>(
      `WITH old AS (
         SELECT m.tenant_id, m.id FROM unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id)
         JOIN messages m ON m.tenant_id = g.tenant_id AND m.global_message_id = g.id
         WHERE m.status <> 'PENDING' AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention}
         LIMIT ${STEP_ROWS} FOR UPDATE OF m SKIP LOCKED
       ), deleted AS (
         DELETE FROM messages m USING old WHERE m.tenant_id = old.tenant_id AND m.id = old.id RETURNING 1
       ) SELECT count(*)::int AS deleted FROM deleted`,
      globals,
    );
    // A statement of its own: whoever made a row before we held the globals is seen.
    const [emptied] = await run<{ deleted: number }>(
      `WITH deleted AS (
         DELETE FROM global_messages g USING unnest($1::uuid[], $2::uuid[]) AS e(tenant_id, id)
         WHERE g.tenant_id = e.tenant_id AND g.id = e.id AND NOT EXISTS (
           SELECT FROM messages m WHERE m.tenant_id = g.tenant_id AND m.global_message_id = g.id
         ) RETURNING 1
       ) SELECT count(*)::int AS deleted FROM deleted`,
      globals,
    );
    return (rows?.deleted ?? 0) + (emptied?.deleted ?? 0);
  }
}

interface FoundTenant {
  id: string;
  /** It was deleted, and its rows are to follow. */
  gone: boolean;
}

/** A probe of the index per tenant, not a scan of the table. */
function tenantsWithMessages(run: Run): Promise<FoundTenant[]> {
  return run(
    `WITH RECURSIVE found AS (
       (SELECT tenant_id FROM messages ORDER BY tenant_id LIMIT 1)
       UNION ALL
       SELECT (SELECT m.tenant_id FROM messages m WHERE m.tenant_id > found.tenant_id ORDER BY m.tenant_id LIMIT 1)
       FROM found WHERE found.tenant_id IS NOT NULL
     )
     SELECT f.tenant_id AS id, t.id IS NULL AS gone FROM found f LEFT JOIN tenants t ON t.id = f.tenant_id
     WHERE f.tenant_id IS NOT NULL`,
    [],
  );
}

async function deleteOld(run: Run, table: string, key: string, condition: string): Promise<number> {
  const [row] = await run<{ deleted: number }>(
    `WITH deleted AS (
       DELETE FROM ${table} WHERE (${key}) IN (
         SELECT ${key} FROM ${table} WHERE ${condition} LIMIT ${STEP_ROWS} FOR UPDATE SKIP LOCKED
       ) RETURNING 1
     ) SELECT count(*)::int AS deleted FROM deleted`,
    [],
  );
  return row?.deleted ?? 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
