import { LIMITS } from '../../core/domain/limits.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { Cleaned, RetentionStore } from '../../core/ports/stores/retention-store.js';
import { type Clock, monotonicClock } from '../../lib/time/clock.js';
import { retentionLock } from '../database/advisory-locks.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { firstIdAt, GREATEST_ID, SMALLEST_ID } from '../database/uuid-ranges.js';
import type { MessageStatusRules } from '../message-status.js';
import { INTERNAL } from '../sharing/work.js';
import { statusMove } from './status-move.js';

/** Takes this many rows in one step of a piece of work. */
const STEP_ROWS = 5_000;
/** Looks at this many global messages in one piece of work. */
const GLOBALS = 50;
/**
 * Leaves rows settled this many milliseconds after their creation to the index `messages_settled_late_idx`.
 */
const SETTLED_EARLY_MS = 60_000;
/**
 * Begins the walks anew after this many milliseconds: some rows were locked when a walk came by, and some
 * globals had rows that had to stay.
 */
const WALK_AGAIN_MS = 24 * 60 * 60 * 1000;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;
/**
 * Keeps the planner to indexes: a step goes along one, and ends when it is full.
 *
 * A planner that takes few rows to be due, as it does of a table not yet analyzed, would read and sort all of
 * them in each step. A plan that uses what is switched off all the same, to sort what a step has seen, counts
 * as dear enough to be compiled each time, hence `jit`.
 */
const ALONG_INDEXES =
  'SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; SET LOCAL jit = off';

/** Says what one piece of work did, and how far it came. */
interface Piece extends Cleaned {
  /** Id of the last row that the walk has seen, by tenant. */
  walkedTo: ReadonlyMap<string, string>;
  /** Last global message none of whose rows can go any more. */
  globalsTo: Ended;
}

/** Names a global message by its place in the order in which they ended. */
interface Ended {
  ended: string;
  tenant_id: string;
  id: string;
}

const BEFORE_ALL: Ended = { ended: '-infinity', tenant_id: SMALLEST_ID, id: SMALLEST_ID };

/**
 * Marks what has expired and deletes what is older than the retention, in pieces that hold locks briefly.
 *
 * Rows that others hold are left for later. See docs/design/retention.md, and
 * docs/design/settlement.md for expiry.
 */
export class RetentionCleaner implements Pick<RetentionStore, 'cleanUp'> {
  /** Id that the walk has come to, by tenant. */
  readonly #cursors = new Map<string, string>();
  #globalsTo = BEFORE_ALL;
  #walkBegan: number;

  constructor(
    private readonly database: Database,
    private readonly rules: MessageStatusRules,
    private readonly metrics: Metrics,
    private readonly clock: Clock = monotonicClock,
  ) {
    this.#walkBegan = clock.now();
  }

  async cleanUp(): Promise<Cleaned | null> {
    if (this.clock.now() - this.#walkBegan > WALK_AGAIN_MS) {
      this.#cursors.clear();
      this.#globalsTo = BEFORE_ALL;
      this.#walkBegan = this.clock.now();
    }
    const piece = await this.database.transaction(({ query }) => this.#piece(query), {
      work: INTERNAL,
      timeoutMs: TIMEOUT_MS,
      preamble: ALONG_INDEXES,
    });
    if (piece === null) return null;
    // A walk has passed only what was committed.
    for (const [tenantId, last] of piece.walkedTo) this.#cursors.set(tenantId, last);
    this.#globalsTo = piece.globalsTo;
    this.metrics.expired.inc(piece.expired);
    this.metrics.deleted.inc(piece.deleted);
    return { expired: piece.expired, deleted: piece.deleted, more: piece.more };
  }

  async #piece(run: RunStatement): Promise<Piece | null> {
    const [lock] = await run<{ got: boolean; now: string }>(
      'SELECT pg_try_advisory_xact_lock($1::bigint) AS got, (extract(epoch FROM clock_timestamp()) * 1000)::text AS now',
      [retentionLock],
    );
    if (!lock?.got) return null;
    const due = await this.#markDue(run);
    const walked = await this.#walk(run, Math.floor(Number(lock.now)));
    const globals = await this.#deleteGlobals(run);
    const deleted = [
      await this.#deleteSettledLate(run),
      globals.deleted,
      await deleteRows(
        run,
        'idempotency_keys',
        `WHERE m.created_at <= now() - interval '${LIMITS.idempotencyMs} milliseconds' ORDER BY m.created_at`,
      ),
      await deleteRows(run, 'revocations', 'WHERE m.keep_until <= now() ORDER BY m.keep_until'),
    ];
    return {
      expired: due + walked.expired,
      deleted: walked.deleted + sum(deleted),
      more: walked.more || globals.more || Math.max(due, ...deleted) >= STEP_ROWS,
      walkedTo: walked.walkedTo,
      globalsTo: globals.globalsTo,
    };
  }

  get #retention(): string {
    return `interval '${Math.floor(this.rules.retentionMs)} milliseconds'`;
  }

  /** Marks what expired by its `expiresAt`, once no receipt can change it any more. */
  async #markDue(run: RunStatement): Promise<number> {
    const [row] = await run<{ expired: number }>(
      statusMove({
        change: this.#expire(`
          SELECT m.ctid FROM messages m
          WHERE m.status = 'PENDING' AND m.expires_at IS NOT NULL
            AND m.expires_at < now() - interval '${LIMITS.expiryFinalAfterMs} milliseconds'
          ORDER BY m.expires_at LIMIT ${STEP_ROWS} FOR NO KEY UPDATE SKIP LOCKED`),
        told: { expired: 'true' },
        answer: 'SELECT count(*)::int AS expired FROM changed',
      }),
      [],
    );
    return row?.expired ?? 0;
  }

  /**
   * Composes the UPDATE that marks rows as expired.
   *
   * @param ctids subquery that finds the rows and locks them
   */
  #expire(ctids: string): string {
    return `UPDATE messages m SET status = 'CANCELLED', cancel_reason = 'EXPIRED', cancelled_at = ${this.rules.expiry}
      WHERE m.ctid = ANY (ARRAY(${ctids}))`;
  }

  /**
   * Walks each tenant's rows by id, oldest first, up to the retention's age.
   *
   * Deletes what was settled soon after its creation, marks what expired without an `expiresAt`, and deletes
   * all rows of tenants that are gone. Rows that it passes by are in an index of their own.
   */
  async #walk(run: RunStatement, now: number): Promise<Omit<Piece, 'globalsTo'>> {
    const tenants = await tenantsWithMessages(run);
    const bound = firstIdAt(now - this.rules.retentionMs - SETTLED_EARLY_MS);
    const free = (condition: string) =>
      `SELECT m.ctid FROM messages m WHERE m.ctid = ANY (ARRAY(SELECT place FROM seen WHERE ${condition}))`;
    const rows = await run<{ tenant_id: string; last: string; seen: number; deleted: number; expired: number }>(
      statusMove({
        find: `seen AS MATERIALIZED (
         SELECT s.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[]) AS t(tenant_id, cursor, bound, gone)
         CROSS JOIN LATERAL (
           SELECT m.tenant_id, m.id, m.ctid AS place,
             t.gone OR (m.status <> 'PENDING' AND m.global_message_id IS NULL
               AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention}) AS deletable,
             m.status = 'PENDING' AND m.expires_at IS NULL AND NOT t.gone AS overdue
           FROM messages m WHERE m.tenant_id = t.tenant_id AND m.id > t.cursor AND m.id < t.bound
           ORDER BY m.id LIMIT ${STEP_ROWS}
         ) AS s LIMIT ${STEP_ROWS}
       ), deleted AS (
         DELETE FROM messages WHERE ctid = ANY (ARRAY(${free('deletable')} FOR UPDATE SKIP LOCKED)) RETURNING 1
       )`,
        change: this.#expire(`${free('overdue')} FOR NO KEY UPDATE SKIP LOCKED`),
        told: { expired: 'true' },
        answer: `
       SELECT DISTINCT ON (tenant_id) tenant_id, id AS last, (SELECT count(*)::int FROM seen) AS seen,
         (SELECT count(*)::int FROM deleted) AS deleted, (SELECT count(*)::int FROM changed) AS expired
       FROM seen ORDER BY tenant_id, id DESC`,
      }),
      [
        plainArray(tenants.map(({ id }) => id)),
        plainArray(tenants.map(({ id }) => this.#cursors.get(id) ?? SMALLEST_ID)),
        plainArray(tenants.map(({ gone }) => (gone ? GREATEST_ID : bound))),
        plainArray(tenants.map(({ gone }) => String(gone))),
      ],
    );
    const { seen = 0, deleted = 0, expired = 0 } = rows[0] ?? {};
    return { deleted, expired, more: seen >= STEP_ROWS, walkedTo: new Map(rows.map(({ tenant_id, last }) => [tenant_id, last])) };
  }

  /** Deletes what was settled late. The conditions repeat those of the index `messages_settled_late_idx`. */
  #deleteSettledLate(run: RunStatement): Promise<number> {
    return deleteRows(
      run,
      'messages',
      `WHERE m.status <> 'PENDING' AND (coalesce(m.cancelled_at, m.delivered_at) - m.created_at) > interval '1 minute'
         AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention} AND m.global_message_id IS NULL
       ORDER BY coalesce(m.cancelled_at, m.delivered_at)`,
    );
  }

  /**
   * Deletes rows of the global messages that ended longest ago, and each global that has no row left.
   *
   * A row that expired with its global's retention stays for as long again, so globals that
   * keep such rows are passed by.
   */
  async #deleteGlobals(run: RunStatement): Promise<Pick<Piece, 'deleted' | 'more' | 'globalsTo'>> {
    const from = this.#globalsTo;
    const ended = await run<Ended>(
      `SELECT coalesce(cancelled_at, expires_at, created_at)::text AS ended, tenant_id, id FROM global_messages
       WHERE coalesce(cancelled_at, expires_at, created_at) <= now() - ${this.#retention}
         AND (coalesce(cancelled_at, expires_at, created_at), tenant_id, id) > ($1::timestamptz, $2::uuid, $3::uuid)
       ORDER BY coalesce(cancelled_at, expires_at, created_at), tenant_id, id LIMIT ${GLOBALS} FOR UPDATE SKIP LOCKED`,
      [from.ended, from.tenant_id, from.id],
    );
    const last = ended.at(-1);
    if (last === undefined) return { deleted: 0, more: false, globalsTo: from };
    const globals = [plainArray(ended.map(({ tenant_id }) => tenant_id)), plainArray(ended.map(({ id }) => id))];
    const rows = await deleteRows(
      run,
      'messages',
      `JOIN unnest($1::uuid[], $2::uuid[]) AS g(tenant_id, id) ON m.tenant_id = g.tenant_id AND m.global_message_id = g.id
       WHERE m.status <> 'PENDING' AND coalesce(m.cancelled_at, m.delivered_at) <= now() - ${this.#retention}`,
      globals,
    );
    // A statement of its own sees rows that were made before this transaction locked the globals.
    const [emptied] = await run<{ deleted: number }>(
      `WITH deleted AS (
         DELETE FROM global_messages g USING unnest($1::uuid[], $2::uuid[]) AS e(tenant_id, id)
         WHERE g.tenant_id = e.tenant_id AND g.id = e.id AND NOT EXISTS (
           SELECT FROM messages m WHERE m.tenant_id = g.tenant_id AND m.global_message_id = g.id
         ) RETURNING 1
       ) SELECT count(*)::int AS deleted FROM deleted`,
      globals,
    );
    const full = rows >= STEP_ROWS;
    return {
      deleted: rows + (emptied?.deleted ?? 0),
      more: full || ended.length === GLOBALS,
      globalsTo: full ? from : last,
    };
  }
}

interface FoundTenant {
  id: string;
  /** True if it was deleted, so that its rows have to go, too. */
  gone: boolean;
}

/**
 * Finds the tenants that have messages by one probe of the index for each, not by a scan of the table.
 *
 * Probes at the new end of each tenant: at the old end are entries of rows that were
 * deleted and not vacuumed.
 */
function tenantsWithMessages(run: RunStatement): Promise<FoundTenant[]> {
  return run(
    `WITH RECURSIVE found AS (
       (SELECT tenant_id FROM messages ORDER BY tenant_id DESC, id DESC LIMIT 1)
       UNION ALL
       SELECT (SELECT m.tenant_id FROM messages m WHERE m.tenant_id < found.tenant_id ORDER BY m.tenant_id DESC, m.id DESC LIMIT 1)
       FROM found WHERE found.tenant_id IS NOT NULL
     )
     SELECT f.tenant_id AS id, t.id IS NULL AS gone FROM found f LEFT JOIN tenants t ON t.id = f.tenant_id
     WHERE f.tenant_id IS NOT NULL`,
    [],
  );
}

/**
 * Deletes the first rows that nobody holds. Returns how many there were.
 *
 * @param which of table `m`: joins, conditions, order
 */
async function deleteRows(run: RunStatement, table: string, which: string, values: readonly unknown[] = []): Promise<number> {
  const [row] = await run<{ deleted: number }>(
    `WITH deleted AS (
       DELETE FROM ${table} WHERE ctid = ANY (ARRAY(
         SELECT m.ctid FROM ${table} m ${which} LIMIT ${STEP_ROWS} FOR UPDATE OF m SKIP LOCKED
       )) RETURNING 1
     ) SELECT count(*)::int AS deleted FROM deleted`,
    values,
  );
  return row?.deleted ?? 0;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, n) => total + n, 0);
