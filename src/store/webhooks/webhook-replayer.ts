import type { AuditNote } from '../../core/domain/audit.js';
import { parseEventId } from '../../core/domain/status-feed/event-position.js';
import { REPLAYED_PER_CALL } from '../../core/domain/webhook/webhook.js';
import type { TimeRange } from '../../core/ports/stores/query-store.js';
import type { ReplaySelection, WebhookOf } from '../../core/ports/stores/webhooks/webhook-store.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { RunStatement } from '../database/run-statement.js';
import { recallOf } from '../sharing/work.js';
import { NEW_REQUEST_ID, WANTED } from './webhook-rows.js';

/** Gives each statement this many milliseconds. */
const TIMEOUT_MS = 20_000;

/** Ends the search for a number by its time after so many halves. */
const HALVES = 60;

// Numbers are in the order of their times, so the ends of a range are found by halves, without an index.
const AT = `SELECT recorded_at FROM status_events WHERE tenant_id = $1 AND number >= $2 ORDER BY number LIMIT 1`;

const BOUNDS = `
  SELECT w.position::text AS last, coalesce(h.forgotten_to, 0)::text AS first, (SELECT epoch FROM status_feed_state) AS epoch
  FROM webhooks w LEFT JOIN status_feed_heads h ON h.tenant_id = w.tenant_id
  WHERE w.tenant_id = $1 AND w.id = $2 FOR NO KEY UPDATE OF w`;

const FAILED = `
  SELECT number FROM webhook_queue WHERE tenant_id = $1 AND webhook_id = $2 AND attempts > 0 AND number > $3 AND number <= $4
  UNION SELECT number FROM webhook_given_up WHERE tenant_id = $1 AND webhook_id = $2 AND number > $3 AND number <= $4`;

// What waits for its first attempt goes out anyway. Ids are made so that they sort by time and number, which is the order of sending.
const replay = (source: string) => `
  WITH chosen AS MATERIALIZED (
    SELECT e.number, e.message_id FROM webhooks w CROSS JOIN LATERAL (${source}) AS s
    JOIN status_events e ON e.tenant_id = w.tenant_id AND e.number = s.number
    WHERE w.tenant_id = $1 AND w.id = $2 AND e.number > $3 AND e.number <= $4 AND ${WANTED}
      AND ($5::bigint[] IS NULL OR e.number = ANY ($5::bigint[]))
      AND NOT EXISTS (SELECT FROM webhook_queue q
        WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.number = e.number AND q.attempts = 0)
    ORDER BY e.number LIMIT ${REPLAYED_PER_CALL + 1}
  ), taken AS MATERIALIZED (
    SELECT * FROM chosen ORDER BY number LIMIT ${REPLAYED_PER_CALL}
  ), replaced AS (
    DELETE FROM webhook_queue q USING taken t WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.number = t.number
    RETURNING q.request_id
  ), renamed AS MATERIALIZED (
    SELECT request_id, ${NEW_REQUEST_ID} AS new_id FROM replaced GROUP BY request_id
  ), rest AS (
    UPDATE webhook_queue q SET request_id = n.new_id FROM renamed n
    WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.request_id = n.request_id
      AND NOT EXISTS (SELECT FROM taken t WHERE t.number = q.number)
  ), forgiven AS (
    DELETE FROM webhook_given_up g USING taken t WHERE g.tenant_id = $1 AND g.webhook_id = $2 AND g.number = t.number
  ), queued AS (
    INSERT INTO webhook_queue (tenant_id, webhook_id, number, request_id, message_id, batch, due_at)
    SELECT $1, $2, t.number, (
      lpad(to_hex((extract(epoch FROM now()) * 1000)::bigint), 12, '0') || '7' || substr(lpad(to_hex(t.number), 15, '0'), 1, 3)
      || '8' || substr(lpad(to_hex(t.number), 15, '0'), 4, 12) || substr(md5(random()::text), 1, 3))::uuid,
      t.message_id, false, now() FROM taken t
  )
  SELECT (SELECT count(*)::int FROM taken) AS replayed, (SELECT count(*) FROM chosen) <= ${REPLAYED_PER_CALL} AS complete`;

const ALL = replay('SELECT number FROM status_events WHERE tenant_id = $1 AND number > $3 AND number <= $4');
const ONLY_FAILED = replay(FAILED);

interface Bounds {
  /** Numbers above it are looked at. */
  first: number;
  /** The last number that is looked at. */
  last: number;
}

/** Posts events once more. See docs/design/webhooks.md. */
export class WebhookReplayer {
  constructor(private readonly audit: AuditLog) {}

  replay(
    of: WebhookOf,
    { eventIds, recorded, failedOnly }: ReplaySelection,
    note: AuditNote | null = null,
  ): Promise<{ replayed: number; complete: boolean } | null> {
    const { tenantId, id } = of;
    const numbers = eventIds?.flatMap((event) => parseEventId(tenantId, event)?.number ?? []) ?? null;
    return this.audit.transaction(
      note,
      async ({ query }) => {
        // The lock orders this against the making of requests.
        const [row] = await query<{ first: string; last: string }>(BOUNDS, [tenantId, id]);
        if (row === undefined) return null;
        const kept = { first: Number(row.first), last: Number(row.last) };
        const { first, last } = recorded === null ? kept : await boundsOf(query, tenantId, recorded, kept);
        const values = [tenantId, id, first, last, numbers];
        const [done] = await query<{ replayed: number; complete: boolean }>(failedOnly ? ONLY_FAILED : ALL, values);
        return done ?? { replayed: 0, complete: true };
      },
      { work: recallOf(tenantId), timeoutMs: TIMEOUT_MS },
    );
  }
}

/** Narrows numbers down to those that were recorded in a range, both ends included. */
async function boundsOf(query: RunStatement, tenantId: string, { from, to }: TimeRange, kept: Bounds): Promise<Bounds> {
  const isFrom = async (number: number) => from === null || ((await timeOf(query, tenantId, number)) ?? from) >= from;
  const isBeyond = async (number: number) => {
    const time = await timeOf(query, tenantId, number);
    return to !== null && time !== null && time > to;
  };
  const first = from === null ? kept.first : (await firstWhere(kept, isFrom)) - 1;
  const last = to === null ? kept.last : (await firstWhere(kept, isBeyond)) - 1;
  return { first, last };
}

async function timeOf(query: RunStatement, tenantId: string, number: number): Promise<Date | null> {
  const [row] = await query<{ recorded_at: Date }>(AT, [tenantId, number]);
  return row?.recorded_at ?? null;
}

/** Finds the first number in the bounds for which a condition holds that holds for all behind it. */
async function firstWhere({ first, last }: Bounds, holds: (number: number) => Promise<boolean>): Promise<number> {
  let [low, high] = [first + 1, last + 1];
  for (let i = 0; i < HALVES && low < high; i++) {
    const middle = Math.floor((low + high) / 2);
    if (await holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
