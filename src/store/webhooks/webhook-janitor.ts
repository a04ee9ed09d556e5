import { DISABLED_AFTER_MS } from '../../core/domain/webhook/attempt-schedule.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { Cleaned } from '../../core/ports/stores/retention-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { webhooksLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { firstIdAt } from '../database/uuid-ranges.js';
import { INTERNAL } from '../sharing/work.js';
import { NEW_REQUEST_ID, NOT_BEHIND, WANTED } from './webhook-rows.js';

/** Changes this many rows in one statement. */
const STEP_ROWS = 5_000;
/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;
/** Keeps attempts for so long. */
const ATTEMPTS_KEPT_MS = 7 * 24 * 60 * 60 * 1000;
/** Gives events up so long before the feed forgets them, so that they are counted. */
const AHEAD_MS = 15 * 60_000;

// One probe of the index for each webhook that a table has rows of, those of deleted webhooks included.
const owners = (table: string) => `RECURSIVE found AS (
    (SELECT tenant_id, webhook_id FROM ${table} ORDER BY tenant_id, webhook_id LIMIT 1)
    UNION ALL
    SELECT n.tenant_id, n.webhook_id FROM found f CROSS JOIN LATERAL (
      SELECT t.tenant_id, t.webhook_id FROM ${table} t WHERE (t.tenant_id, t.webhook_id) > (f.tenant_id, f.webhook_id)
      ORDER BY t.tenant_id, t.webhook_id LIMIT 1) AS n
  )`;

const DELETE_OLD_ATTEMPTS = `
  WITH ${owners('webhook_attempts')}, gone AS (
    DELETE FROM webhook_attempts WHERE (tenant_id, webhook_id, id) IN (
      SELECT o.tenant_id, o.webhook_id, o.id FROM found f CROSS JOIN LATERAL (
        SELECT a.tenant_id, a.webhook_id, a.id FROM webhook_attempts a
        WHERE a.tenant_id = f.tenant_id AND a.webhook_id = f.webhook_id AND (
          a.id < $1 OR NOT EXISTS (SELECT FROM webhooks w WHERE w.tenant_id = f.tenant_id AND w.id = f.webhook_id))
        ORDER BY a.id LIMIT ${STEP_ROWS}
      ) AS o LIMIT ${STEP_ROWS}
    ) RETURNING 1
  ) SELECT count(*)::int AS count FROM gone`;

const deleteOrphans = (table: string, key: string) => `
  WITH ${owners(table)}, gone AS (
    DELETE FROM ${table} WHERE (${key}) IN (
      SELECT ${key
        .split(', ')
        .map((column) => `o.${column}`)
        .join(', ')} FROM found f CROSS JOIN LATERAL (
        SELECT * FROM ${table} t WHERE t.tenant_id = f.tenant_id AND t.webhook_id = f.webhook_id LIMIT ${STEP_ROWS}
      ) AS o
      WHERE NOT EXISTS (SELECT FROM webhooks w WHERE w.tenant_id = f.tenant_id AND w.id = f.webhook_id) LIMIT ${STEP_ROWS}
    ) RETURNING 1
  ) SELECT count(*)::int AS count FROM gone`;

const ORPHANS = [
  deleteOrphans('webhook_queue', 'tenant_id, webhook_id, number, request_id'),
  deleteOrphans('webhook_given_up', 'tenant_id, webhook_id, number'),
];

const FORGIVE = `
  DELETE FROM webhook_given_up g USING status_feed_heads h WHERE h.tenant_id = g.tenant_id AND g.number <= h.forgotten_to`;

// Of each webhook that has them, the next events that the feed is about to forget: those that it has not looked at yet.
const PASS = `
  WITH ripe AS (
    SELECT w.tenant_id, w.id, w.position, x.reached, x.wanted FROM webhooks w CROSS JOIN LATERAL (
      SELECT max(e.number) AS reached, count(*) FILTER (WHERE ${WANTED}) AS wanted FROM (
        SELECT * FROM status_events e WHERE e.tenant_id = w.tenant_id AND e.number > w.position ORDER BY e.number LIMIT ${STEP_ROWS}
      ) AS e WHERE e.recorded_at < $1
    ) AS x WHERE x.reached IS NOT NULL
  ), passed AS (
    UPDATE webhooks w SET position = r.reached, dropped = w.dropped + r.wanted FROM ripe r
    WHERE w.tenant_id = r.tenant_id AND w.id = r.id AND w.position = r.position RETURNING r.wanted
  ) SELECT count(*)::int AS count FROM passed`;

// And those that wait in its queue.
const GIVE_UP = `
  WITH ${owners('webhook_queue')}, old AS (
    SELECT o.* FROM found f CROSS JOIN LATERAL (
      SELECT q.tenant_id, q.webhook_id, q.number, q.request_id FROM webhook_queue q
      JOIN status_events e ON e.tenant_id = q.tenant_id AND e.number = q.number
      WHERE q.tenant_id = f.tenant_id AND q.webhook_id = f.webhook_id AND e.recorded_at < $1 ORDER BY q.number LIMIT ${STEP_ROWS}
    ) AS o LIMIT ${STEP_ROWS}
  ), gone AS (
    DELETE FROM webhook_queue q USING old o WHERE q.tenant_id = o.tenant_id AND q.webhook_id = o.webhook_id
      AND q.number = o.number AND q.request_id = o.request_id RETURNING q.tenant_id, q.webhook_id, q.request_id, q.message_id
  ), renamed AS MATERIALIZED (
    SELECT tenant_id, webhook_id, request_id, ${NEW_REQUEST_ID} AS new_id FROM gone GROUP BY 1, 2, 3
  ), rest AS (
    UPDATE webhook_queue q SET request_id = n.new_id FROM renamed n
    WHERE q.tenant_id = n.tenant_id AND q.webhook_id = n.webhook_id AND q.request_id = n.request_id
      AND NOT EXISTS (SELECT FROM old o WHERE o.tenant_id = q.tenant_id AND o.webhook_id = q.webhook_id
        AND o.number = q.number AND o.request_id = q.request_id)
  ), released AS (
    UPDATE webhook_queue q SET due_at = now() FROM gone g
    WHERE q.tenant_id = g.tenant_id AND q.webhook_id = g.webhook_id AND q.message_id = g.message_id AND q.due_at = 'infinity'
  ), counted AS (
    UPDATE webhooks w SET dropped = w.dropped + c.count FROM (
      SELECT tenant_id, webhook_id, count(*) AS count FROM gone GROUP BY 1, 2) AS c
    WHERE w.tenant_id = c.tenant_id AND w.id = c.webhook_id
  ) SELECT count(*)::int AS count FROM gone`;

// An erasure, or a give-up above, may take a former event at the moment when a later one is queued behind it.
const FREE = `
  WITH ${owners('webhook_queue')}, freed AS (
    UPDATE webhook_queue q SET due_at = now() FROM found f
    WHERE q.tenant_id = f.tenant_id AND q.webhook_id = f.webhook_id AND q.due_at = 'infinity' AND ${NOT_BEHIND} RETURNING 1
  ) SELECT count(*)::int AS count FROM freed`;

const DISABLE = `
  UPDATE webhooks SET state = 'DISABLED', state_reason = 'no attempt succeeded for ${DISABLED_AFTER_MS / 86_400_000} days'
  WHERE state IN ('ACTIVE', 'FAILING') AND failing_since < now() - interval '${DISABLED_AFTER_MS} milliseconds' RETURNING id`;

/** Gives up what the feed is about to forget, and deletes what webhooks no longer need. */
export class WebhookJanitor {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly metrics: Pick<Metrics, 'webhooksDisabled' | 'webhookEventsDropped'>,
    private readonly feedRetentionMs: number,
  ) {}

  /** Does a bounded piece of work; null if another node is at it. */
  cleanUp(): Promise<Cleaned | null> {
    return this.database.transaction(({ query }) => this.#piece(query), { work: INTERNAL, timeoutMs: TIMEOUT_MS });
  }

  async #piece(query: RunStatement): Promise<Cleaned | null> {
    const [lock] = await query<{ got: boolean }>('SELECT pg_try_advisory_xact_lock($1::bigint) AS got', [webhooksLock]);
    if (!lock?.got) return null;
    const now = this.clock.now();
    const forgotten = new Date(now - this.feedRetentionMs + AHEAD_MS);
    const disabled = await query(DISABLE, []);
    this.metrics.webhooksDisabled.failed.inc(disabled.length);
    const passed = await count(query, PASS, [forgotten]);
    const dropped = await count(query, GIVE_UP, [forgotten]);
    this.metrics.webhookEventsDropped.inc(dropped);
    await query(FORGIVE, []);
    await query(FREE, []);
    let deleted = await count(query, DELETE_OLD_ATTEMPTS, [firstIdAt(now - ATTEMPTS_KEPT_MS)]);
    let more = passed > 0 || dropped === STEP_ROWS || deleted === STEP_ROWS;
    for (const statement of ORPHANS) {
      const orphans = await count(query, statement, []);
      deleted += orphans;
      more ||= orphans === STEP_ROWS;
    }
    return { expired: 0, deleted: deleted + dropped, more };
  }
}

async function count(query: RunStatement, statement: string, values: readonly unknown[]): Promise<number> {
  const [row] = await query<{ count: number }>(statement, values);
  return row?.count ?? 0;
}
