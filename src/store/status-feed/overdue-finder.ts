import type { Metrics } from '../../core/ports/metrics.js';
import type { StatusFeedWork } from '../../core/ports/stores/feed/status-feed-store.js';
import type { Database } from '../database/database.js';
import type { MessageStatusRules } from '../message-status.js';
import { INTERNAL } from '../sharing/work.js';
import { EVENT_COLUMNS, feedOf } from '../status-event-rows.js';

/** Looks at this many messages by one statement. */
const STEP_ROWS = 1_000;
const TIMEOUT_MS = 2_000;

const PROBE = 'SELECT EXISTS (SELECT FROM overdue_checks WHERE due_at <= clock_timestamp()) AS due';

/**
 * Composes the statement. A check and its event go and come together, and two nodes never get the same check.
 * The message's row is locked, and judged in its newest version, so its settlement comes before or after as a
 * whole. One that somebody else holds is left for the next look.
 */
const overdueSql = ({ expiry }: MessageStatusRules): string => `
  WITH due AS MATERIALIZED (
    SELECT o.ctid AS place, o.tenant_id, o.message_id, o.due_at FROM overdue_checks o WHERE o.due_at <= clock_timestamp()
    ORDER BY o.due_at LIMIT ${STEP_ROWS} FOR UPDATE SKIP LOCKED
  ), held AS MATERIALIZED (
    SELECT d.due_at, m.tenant_id, m.id, m.recipient, m.topic, m.global_message_id, m.status = 'PENDING' AND ${expiry} > d.due_at
      AND ${expiry} > clock_timestamp() AS overdue
    FROM due d JOIN messages m ON m.tenant_id = d.tenant_id AND m.id = d.message_id
    FOR NO KEY UPDATE OF m SKIP LOCKED
  ), done AS (
    DELETE FROM overdue_checks WHERE ctid = ANY (ARRAY(
      SELECT d.place FROM due d WHERE EXISTS (SELECT FROM held h WHERE h.tenant_id = d.tenant_id AND h.id = d.message_id)
        OR NOT EXISTS (SELECT FROM messages m WHERE m.tenant_id = d.tenant_id AND m.id = d.message_id)
    )) RETURNING 1
  ), events AS (
    INSERT INTO status_event_inbox (${EVENT_COLUMNS})
    SELECT h.tenant_id, 'OVERDUE', h.due_at, h.id, h.recipient, h.topic, h.global_message_id, NULL, NULL
    FROM held h ${feedOf('h')} WHERE h.overdue RETURNING 1
  )
  SELECT set_config('synchronous_commit', 'on', true), (SELECT count(*)::int FROM done) AS done,
    (SELECT count(*)::int FROM events) AS overdue`;

/** Finds messages that are still pending when their senders wanted to be told. */
export class OverdueFinder {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    private readonly metrics: Pick<Metrics, 'overdue'>,
  ) {
    this.#sql = overdueSql(rules);
  }

  async find(): ReturnType<StatusFeedWork['findOverdue']> {
    const options = { work: INTERNAL, timeoutMs: TIMEOUT_MS };
    const [probe] = await this.database.query<{ due: boolean }>(PROBE, [], options);
    if (!probe?.due) return { overdue: 0, more: false };
    const [found] = await this.database.query<{ done: number; overdue: number }>(this.#sql, [], { ...options, write: true });
    const { done = 0, overdue = 0 } = found ?? {};
    this.metrics.overdue.inc(overdue);
    return { overdue, more: done === STEP_ROWS };
  }
}
