import { eventId, parseEventId } from '../../core/domain/status-feed/event-position.js';
import type { WebhookAttempt } from '../../core/domain/webhook/webhook.js';
import type { Page } from '../../core/ports/stores/query-store.js';
import type { AttemptQuery, WebhookOf } from '../../core/ports/stores/webhooks/webhook-store.js';
import type { Database } from '../database/database.js';
import { GREATEST_ID, idMillis } from '../database/uuid-ranges.js';
import { adminOf } from '../sharing/work.js';

/** Looks at this many attempts for those of one event: their last events come soon after it. */
const EXAMINED = 5_000;

const COLUMNS = `(SELECT epoch FROM status_feed_state) AS epoch, a.id, a.numbers::text[] AS numbers, a.attempt, a.http_status, a.error,
  a.duration_ms, a.response_start, a.next_attempt_at`;

const LIST = (condition: string) => `
  SELECT ${COLUMNS} FROM webhook_attempts a
  WHERE a.tenant_id = $1 AND a.webhook_id = $2 AND a.id < $3 AND ${condition} ORDER BY a.id DESC LIMIT $4`;

const LISTS = { all: LIST('true'), failed: LIST('a.failed'), succeeded: LIST('NOT a.failed') };

const OF_EVENT = `
  SELECT ${COLUMNS} FROM (
    SELECT * FROM webhook_attempts WHERE tenant_id = $1 AND webhook_id = $2 AND last_number >= $5 ORDER BY last_number LIMIT ${EXAMINED}
  ) AS a
  WHERE a.id < $3 AND $5 = ANY (a.numbers) AND ($6::boolean IS NULL OR a.failed = $6) ORDER BY a.id DESC LIMIT $4`;

const INSERT = `
  INSERT INTO webhook_attempts (tenant_id, webhook_id, id, numbers, attempt, failed, http_status, error, duration_ms, response_start)
  SELECT $1, $2, $3, '{}', $4, $5, $6, $7, $8, $9 WHERE EXISTS (SELECT FROM webhooks WHERE tenant_id = $1 AND id = $2)`;

interface AttemptRow {
  epoch: number;
  id: string;
  numbers: string[];
  attempt: number;
  http_status: number | null;
  error: string | null;
  duration_ms: number;
  response_start: string | null;
  next_attempt_at: Date | null;
}

const attemptOf = (tenantId: string, row: AttemptRow): WebhookAttempt => ({
  id: row.id,
  at: new Date(idMillis(row.id)),
  eventIds: row.numbers.map((number) => eventId(tenantId, { epoch: row.epoch, number: Number(number) })),
  attempt: row.attempt,
  httpStatus: row.http_status,
  error: row.error,
  durationMs: row.duration_ms,
  responseStart: row.response_start,
  nextAttemptAt: row.next_attempt_at,
});

function listOf(failed: boolean | null): string {
  if (failed === null) return LISTS.all;
  return failed ? LISTS.failed : LISTS.succeeded;
}

/** Lists attempts, and keeps those of tests. */
export class AttemptReader {
  constructor(private readonly database: Database) {}

  async list(tenantId: string, query: AttemptQuery, after: string | null, limit: number): Promise<Page<WebhookAttempt>> {
    const { webhookId, eventId: event, failed } = query;
    const place = event === null ? null : parseEventId(tenantId, event);
    if (event !== null && place === null) return { items: [], next: null };
    const values = [tenantId, webhookId, after ?? GREATEST_ID, limit + 1];
    const work = adminOf(tenantId);
    const rows =
      place === null
        ? await this.database.query<AttemptRow>(listOf(failed), values, { work })
        : await this.database.query<AttemptRow>(OF_EVENT, [...values, place.number, failed], { work });
    const items = rows.slice(0, limit).map((row) => attemptOf(tenantId, row));
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async recordTest({ tenantId, id }: WebhookOf, attempt: WebhookAttempt): Promise<void> {
    const { httpStatus, error, durationMs, responseStart } = attempt;
    const failed = error !== null || httpStatus === null || httpStatus < 200 || httpStatus >= 300;
    const values = [tenantId, id, attempt.id, attempt.attempt, failed, httpStatus, error, durationMs, responseStart];
    await this.database.query(INSERT, values, { work: adminOf(tenantId), write: true });
  }
}
