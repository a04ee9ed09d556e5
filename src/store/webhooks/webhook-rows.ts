import type { StatusEventType } from '../../core/domain/status-feed/status-event.js';
import type { Webhook, WebhookState } from '../../core/domain/webhook/webhook.js';

/** Counts what waits up to this number, in the queue and in the feed each. */
const COUNTED = 100_000;

/**
 * Makes the id of a request, which begins with its time, as those of version 7 do; other ids than before for
 * what is left of a batch.
 */
export const NEW_REQUEST_ID = `(
    lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(gen_random_uuid()::text), 1, 3)
    || '8' || substr(md5(gen_random_uuid()::text), 1, 15))::uuid`;

/** Selects rows `q` of the queue that wait for no former event of their message. */
export const NOT_BEHIND = `NOT EXISTS (
    SELECT FROM webhook_queue e WHERE e.tenant_id = q.tenant_id AND e.webhook_id = q.webhook_id AND e.message_id = q.message_id
      AND (e.number, e.request_id) < (q.number, q.request_id) AND NOT e.request_id = q.request_id)`;

/** Selects the events `e` of the feed that a webhook `w` is told of. */
export const WANTED = 'e.type = ANY (w.events) AND (w.globals OR e.global_message_id IS NULL)';

const WAITING = `
  (SELECT count(*) FROM (
     SELECT FROM webhook_queue q WHERE q.tenant_id = w.tenant_id AND q.webhook_id = w.id LIMIT ${COUNTED}) AS queued)
  + (SELECT count(*) FROM (
     SELECT e.type, e.global_message_id FROM status_events e
     WHERE e.tenant_id = w.tenant_id AND e.number > w.position ORDER BY e.number LIMIT ${COUNTED}) AS e WHERE ${WANTED})`;

/** Columns of `webhooks w` that are answered. */
export const COLUMNS = `w.id, w.url, w.events::text[] AS events, w.description, w.include_text, w.max_batch, w.globals,
  w.state, w.state_reason, w.created_at, w.created_by, w.last_success_at, w.failing_since, w.dropped::text AS dropped,
  least(${COUNTED}, ${WAITING})::int AS waiting`;

export interface WebhookRow {
  id: string;
  url: string;
  events: StatusEventType[];
  description: string | null;
  include_text: boolean;
  max_batch: number;
  globals: boolean;
  state: WebhookState;
  state_reason: string | null;
  created_at: Date;
  created_by: string | null;
  last_success_at: Date | null;
  failing_since: Date | null;
  dropped: string;
  waiting: number;
}

export const webhookOf = (row: WebhookRow): Webhook => ({
  id: row.id,
  url: row.url,
  events: row.events,
  description: row.description,
  includeText: row.include_text,
  maxBatch: row.max_batch,
  globals: row.globals,
  state: row.state,
  stateReason: row.state_reason,
  createdAt: row.created_at,
  createdBy: row.created_by,
  lastSuccessAt: row.last_success_at,
  failingSince: row.failing_since,
  waiting: row.waiting,
  dropped: Number(row.dropped),
});
