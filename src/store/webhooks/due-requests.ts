import { MAX_BATCH } from '../../core/domain/webhook/webhook.js';
import type { SendableWebhook, WebhookRequestDue } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { Database } from '../database/database.js';
import { webhooksOf } from '../sharing/work.js';
import { type ToldRow, toldColumns, toldOf, WITH_MESSAGE } from './told-events.js';
import { NOT_BEHIND } from './webhook-rows.js';

/** Reads this many events, at most: the last request may then be cut off, and is left for the next time. */
const READ_EVENTS = 2 * MAX_BATCH;

const IS_DUE = 'q.tenant_id = $1 AND q.webhook_id = $2 AND q.due_at <= now() AND NOT q.request_id = ANY ($3::uuid[])';

// Rows of one request are due together, so they stand together in the index.
const DUE = `
  SELECT q.number, q.request_id, q.batch, q.attempts, q.due_at FROM webhook_queue q
  WHERE ${IS_DUE} AND ${NOT_BEHIND} ORDER BY q.due_at, q.request_id LIMIT ${READ_EVENTS}`;

const OLDEST = `
  SELECT q.number, q.request_id, q.batch, q.attempts, q.due_at FROM webhook_queue q
  WHERE ${IS_DUE} AND q.request_id = (
    SELECT o.request_id FROM webhook_queue o WHERE o.tenant_id = $1 AND o.webhook_id = $2 ORDER BY o.number, o.request_id LIMIT 1)
  ORDER BY q.due_at, q.request_id LIMIT ${READ_EVENTS}`;

const read = (due: string) => `
  WITH due AS MATERIALIZED (${due})
  SELECT d.request_id, d.batch, d.attempts, d.number::text AS queued_number, e.number IS NOT NULL AS is_kept, ${toldColumns('$4::boolean')}
  FROM due d LEFT JOIN status_events e ON e.tenant_id = $1 AND e.number = d.number ${WITH_MESSAGE}
  ORDER BY d.due_at, d.request_id, d.number`;

const READ_ALL = read(DUE);
const READ_OLDEST = read(OLDEST);

// What the feed has forgotten is given up. What was erased goes without a trace.
const DROP = `
  WITH gone AS (
    DELETE FROM webhook_queue WHERE tenant_id = $1 AND webhook_id = $2 AND number = ANY ($3::bigint[]) RETURNING number, message_id
  ), released AS (
    UPDATE webhook_queue q SET due_at = now() FROM gone g
    WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.message_id = g.message_id AND q.due_at = 'infinity'
  ), renamed AS (
    UPDATE webhook_queue q SET request_id = n.new_id FROM unnest($4::uuid[], $5::uuid[]) AS n(old_id, new_id)
    WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.request_id = n.old_id AND NOT q.number = ANY ($3::bigint[])
  )
  UPDATE webhooks w SET dropped = w.dropped + (
    SELECT count(*) FROM gone g WHERE g.number <= (SELECT forgotten_to FROM status_feed_heads WHERE tenant_id = $1))
  WHERE w.tenant_id = $1 AND w.id = $2`;

interface DueRow extends ToldRow {
  request_id: string;
  batch: boolean;
  attempts: number;
  queued_number: string;
  is_kept: boolean;
}

/** Finds what is due in the queue. See docs/design/webhooks.md. */
export class DueRequests {
  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(webhook: SendableWebhook, known: readonly string[], limit: number): Promise<WebhookRequestDue[]> {
    const { tenantId, id, includeText, failing } = webhook;
    const rows = await this.database.query<DueRow>(failing ? READ_OLDEST : READ_ALL, [tenantId, id, known, includeText], {
      work: webhooksOf(tenantId),
    });
    const lost = rows.filter(({ is_kept }) => !is_kept);
    // What is left of a batch is another one, and is found the next time.
    const broken = new Set(lost.map(({ request_id }) => request_id));
    if (lost.length > 0) await this.#drop(webhook, lost, [...broken]);
    const requests = new Map<string, WebhookRequestDue & { told: WebhookRequestDue['told'][number][] }>();
    for (const row of rows) {
      if (broken.has(row.request_id)) continue;
      const { request_id: requestId, batch, attempts } = row;
      const request = requests.get(requestId) ?? { requestId, batch, attempts, told: [] };
      request.told.push(toldOf(tenantId, row));
      requests.set(requestId, request);
    }
    const found = [...requests.values()];
    if (rows.length === READ_EVENTS && found.length > 1) found.pop();
    return found.slice(0, limit);
  }

  async #drop({ tenantId, id }: SendableWebhook, lost: readonly DueRow[], broken: readonly string[]): Promise<void> {
    const numbers = lost.map(({ queued_number }) => queued_number);
    const newIds = broken.map(() => timeOrderedId(this.clock.now()));
    await this.database.query(DROP, [tenantId, id, numbers, broken, newIds], { work: webhooksOf(tenantId), write: true });
  }
}
