import type { Cleaned } from '../../core/ports/stores/retention-store.js';
import { feedRetentionLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { INTERNAL } from '../sharing/work.js';

/** Deletes this many events in one piece of work. */
const STEP_ROWS = 5_000;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Deletes the oldest events of one tenant along the key, from where the last piece came to. One tenant at a
 * time, since numbering takes the locks of several heads. Times of recording never go back within a tenant.
 *
 * @param retentionMs milliseconds
 */
const forgetSql = (retentionMs: number): string => `
  WITH bound AS MATERIALIZED (
    SELECT clock_timestamp() - interval '${Math.floor(retentionMs)} milliseconds' AS before
  ), head AS MATERIALIZED (
    SELECT h.tenant_id, h.forgotten_to FROM bound, status_feed_heads h CROSS JOIN LATERAL (
      SELECT e.recorded_at FROM status_events e WHERE e.tenant_id = h.tenant_id AND e.number > h.forgotten_to
      ORDER BY e.number LIMIT 1
    ) AS oldest WHERE oldest.recorded_at <= bound.before ORDER BY oldest.recorded_at LIMIT 1
  ), old AS MATERIALIZED (
    SELECT o.* FROM bound, head CROSS JOIN LATERAL (
      SELECT e.ctid AS place, e.tenant_id, e.number, e.recorded_at FROM status_events e
      WHERE e.tenant_id = head.tenant_id AND e.number > head.forgotten_to ORDER BY e.number LIMIT ${STEP_ROWS}
    ) AS o WHERE o.recorded_at <= bound.before
  ), gone AS (
    DELETE FROM status_events WHERE ctid = ANY (ARRAY(SELECT place FROM old)) RETURNING 1
  ), moved AS (
    UPDATE status_feed_heads h SET forgotten_to = greatest(h.forgotten_to, o.number)
    FROM (SELECT tenant_id, max(number) AS number FROM old GROUP BY tenant_id) AS o WHERE h.tenant_id = o.tenant_id
  )
  SELECT (SELECT count(*)::int FROM gone) AS deleted, EXISTS (SELECT FROM head) AS more`;

/** Deletes events that are past their retention. */
export class FeedJanitor {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    retentionMs: number,
  ) {
    this.#sql = forgetSql(retentionMs);
  }

  /** Does a bounded piece of work; null if another node is at it. */
  tidy(): Promise<Cleaned | null> {
    return this.database.transaction(({ query }) => this.#piece(query), { work: INTERNAL, timeoutMs: TIMEOUT_MS });
  }

  async #piece(run: RunStatement): Promise<Cleaned | null> {
    const [lock] = await run<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS got', [feedRetentionLock]);
    if (!lock?.got) return null;
    const [piece] = await run<{ deleted: number; more: boolean }>(this.#sql, []);
    return { expired: 0, deleted: piece?.deleted ?? 0, more: piece?.more ?? false };
  }
}
