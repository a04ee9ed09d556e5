import { ACTIVITY_KEPT } from '../../core/domain/activity.js';
import type { Cleaned } from '../../core/ports/stores/retention-store.js';
import { activityLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { INTERNAL } from '../sharing/work.js';

/** Looks at this many entries in one piece of work. */
const STEP_ROWS = 5_000;
/**
 * Looks back this far at the start, in milliseconds: whoever cleaned up before may have stopped with work
 * left.
 */
const FIRST_LOOK_MS = 5 * 60_000;
/** Looks again at entries of this age, in milliseconds: they are written a while after they are dated. */
const LATE_MS = 30_000;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

/** Keeps the planner to indexes, whatever it takes the table to hold. */
const ALONG_INDEXES =
  'SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL jit = off';

interface Trimmed {
  deleted: number;
  /** Moment to go on behind, as text with microseconds. */
  next: string;
  /** True if there are more entries that can be looked at for good. */
  more: boolean;
}

// The recipients of the next entries, each once; of each, what lies behind the newest ones.
const TRIM = `
  WITH seen AS MATERIALIZED (
    SELECT a.tenant_id, a.recipient, a.last_at FROM activity a
    WHERE a.last_at > coalesce($1::timestamptz, now() - interval '${FIRST_LOOK_MS} milliseconds')
    ORDER BY a.last_at LIMIT ${STEP_ROWS}
  ), recipients AS MATERIALIZED (
    SELECT DISTINCT tenant_id, recipient FROM seen
  ), bounds AS MATERIALIZED (
    SELECT r.tenant_id, r.recipient, b.id FROM recipients r CROSS JOIN LATERAL (
      SELECT a.id FROM activity a WHERE a.tenant_id = r.tenant_id AND a.recipient = r.recipient
      ORDER BY a.id DESC OFFSET ${ACTIVITY_KEPT} LIMIT 1
    ) AS b
  ), deleted AS (
    DELETE FROM activity WHERE ctid = ANY (ARRAY(
      SELECT a.ctid FROM bounds b JOIN activity a ON a.tenant_id = b.tenant_id AND a.recipient = b.recipient AND a.id <= b.id
      LIMIT ${STEP_ROWS} FOR UPDATE OF a SKIP LOCKED
    )) RETURNING 1
  ), reached AS (
    SELECT count(*) >= ${STEP_ROWS} AS is_full, max(last_at) AS last, now() - interval '${LATE_MS} milliseconds' AS settled FROM seen
  )
  SELECT (CASE WHEN is_full THEN least(last, settled) ELSE settled END)::text AS next, is_full AND last < settled AS more,
    (SELECT count(*)::int FROM deleted) AS deleted FROM reached`;

/** Deletes activity that is past its retention, and all but the newest of each recipient. */
export class ActivityJanitor {
  /** Entries up to this moment have been looked at. */
  #lookedTo: string | null = null;

  /** @param retentionMs 0 keeps nothing */
  constructor(
    private readonly database: Database,
    private readonly retentionMs: number,
  ) {}

  /** Does a bounded piece of work; null if another node is at it. */
  async tidy(): Promise<Cleaned | null> {
    const piece = await this.database.transaction(({ query }) => this.#piece(query), {
      work: INTERNAL,
      timeoutMs: TIMEOUT_MS,
      preamble: ALONG_INDEXES,
    });
    if (piece === null) return null;
    this.#lookedTo = piece.lookedTo;
    return { expired: 0, deleted: piece.deleted, more: piece.more };
  }

  async #piece(run: RunStatement): Promise<(Omit<Cleaned, 'expired'> & { lookedTo: string | null }) | null> {
    const [lock] = await run<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS got', [activityLock]);
    if (!lock?.got) return null;
    const old = await this.#deleteOld(run);
    const [trimmed] = await run<Trimmed>(TRIM, [this.#lookedTo]);
    const { deleted = 0, next = null, more = false } = trimmed ?? {};
    if (deleted >= STEP_ROWS) return { deleted: old + deleted, more: true, lookedTo: this.#lookedTo };
    return { deleted: old + deleted, more: more || old >= STEP_ROWS, lookedTo: next };
  }

  async #deleteOld(run: RunStatement): Promise<number> {
    const [row] = await run<{ deleted: number }>(
      `WITH deleted AS (
         DELETE FROM activity WHERE ctid = ANY (ARRAY(
           SELECT a.ctid FROM activity a WHERE a.last_at <= now() - interval '${Math.floor(this.retentionMs)} milliseconds'
           ORDER BY a.last_at LIMIT ${STEP_ROWS} FOR UPDATE OF a SKIP LOCKED
         )) RETURNING 1
       ) SELECT count(*)::int AS deleted FROM deleted`,
      [],
    );
    return row?.deleted ?? 0;
  }
}
