import type { AuditNote } from '../../core/domain/audit.js';
import { badInput, TidingsError } from '../../core/domain/errors.js';
import { TESTS_PER_MINUTE, WEBHOOKS_PER_TENANT, type Webhook } from '../../core/domain/webhook/webhook.js';
import type {
  NewWebhook,
  SecretRotation,
  TestedWebhook,
  WebhookChange,
  WebhookOf,
} from '../../core/ports/stores/webhooks/webhook-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { adminOf } from '../sharing/work.js';
import { COLUMNS, type WebhookRow, webhookOf } from './webhook-rows.js';

/** What a webhook that is switched on again tries at once, in events. */
const TRIED_AT_ONCE = 1_000;

const READ_ONE = `SELECT ${COLUMNS} FROM webhooks w WHERE w.tenant_id = $1 AND w.id = $2`;

const INSERT = `
  INSERT INTO webhooks (tenant_id, id, url, events, description, include_text, max_batch, globals, created_at, created_by, secret, position)
  SELECT $1, $2, $3, $4::text[]::"StatusEventType"[], $5, $6, $7, $8, $9, $10, $11,
    coalesce((SELECT last_number FROM status_feed_heads WHERE tenant_id = $1), 0)`;

// Another receiver must not be able to sign, nor get texts without being told to.
const UPDATE = `
  UPDATE webhooks w SET url = coalesce($3, w.url), events = coalesce($4::text[]::"StatusEventType"[], w.events),
    description = CASE WHEN $5::text IS NULL THEN w.description ELSE nullif($5, '') END,
    include_text = coalesce($6, w.include_text AND w.url = coalesce($3, w.url)),
    max_batch = coalesce($7, w.max_batch), globals = coalesce($8, w.globals),
    secret = CASE WHEN w.url = coalesce($3, w.url) THEN w.secret ELSE $9 END,
    former_secret = CASE WHEN w.url = coalesce($3, w.url) THEN w.former_secret END,
    former_secret_until = CASE WHEN w.url = coalesce($3, w.url) THEN w.former_secret_until END
  WHERE w.tenant_id = $1 AND w.id = $2`;

const PAUSE = `UPDATE webhooks SET state = 'PAUSED', state_reason = NULL WHERE tenant_id = $1 AND id = $2`;

const RESUME = `
  WITH resumed AS (
    UPDATE webhooks SET state = 'ACTIVE', state_reason = NULL, failures_in_row = 0, failing_since = NULL
    WHERE tenant_id = $1 AND id = $2 AND state <> 'ACTIVE' RETURNING 1
  )
  UPDATE webhook_queue q SET due_at = now() FROM resumed
  WHERE q.tenant_id = $1 AND q.webhook_id = $2 AND q.due_at > now() AND q.due_at <> 'infinity'
    AND q.number <= (
      SELECT max(number) FROM (
        SELECT number FROM webhook_queue WHERE tenant_id = $1 AND webhook_id = $2 ORDER BY number LIMIT ${TRIED_AT_ONCE}) AS oldest)`;

const ROTATE = `
  UPDATE webhooks SET secret = $3, former_secret = CASE WHEN $4::int > 0 THEN secret END,
    former_secret_until = CASE WHEN $4::int > 0 THEN clock_timestamp() + $4::int * interval '1 second' END
  WHERE tenant_id = $1 AND id = $2`;

/** Keeps webhooks as their tenants manage them. */
export class WebhookTable {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async list(tenantId: string): Promise<Webhook[]> {
    const rows = await this.database.query<WebhookRow>(
      `SELECT ${COLUMNS} FROM webhooks w WHERE w.tenant_id = $1 ORDER BY w.id`,
      [tenantId],
      { work: adminOf(tenantId) },
    );
    return rows.map(webhookOf);
  }

  create({ tenantId, keyId, settings, secret }: NewWebhook, note: AuditNote | null = null): Promise<Webhook> {
    const now = new Date(this.clock.now());
    const of = { tenantId, id: timeOrderedId(now.getTime()) };
    return this.audit.transaction(note, async ({ query }) => {
      // The feed's switch takes this lock, too: it stays on until this has committed.
      await query('SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);
      await requireFeed(query, tenantId);
      await requireRoom(query, tenantId);
      const { url, events, description, includeText, maxBatch, globals } = settings;
      const values = [url, events, description, includeText, maxBatch, globals, now, keyId, secret];
      await query(INSERT, [tenantId, of.id, ...values]);
      await query('INSERT INTO webhook_senders (tenant_id) VALUES ($1) ON CONFLICT DO NOTHING', [tenantId]);
      return told(note, await read(query, of)) as Webhook;
    });
  }

  update(of: WebhookOf, change: WebhookChange, note: AuditNote | null = null): Promise<Webhook | null> {
    const { url, events, description, includeText, maxBatch, globals, paused, secretOfAnotherUrl } = change;
    const settings = [url, events, description, includeText, maxBatch, globals, secretOfAnotherUrl];
    return this.audit.transaction(note, async ({ query }) => {
      await query(UPDATE, [of.tenantId, of.id, ...settings]);
      if (paused !== null) await query(paused ? PAUSE : RESUME, [of.tenantId, of.id]);
      return told(note, await read(query, of));
    });
  }

  rotate(of: WebhookOf, { secret, overlapSeconds }: SecretRotation, note: AuditNote | null = null): Promise<Webhook | null> {
    return this.audit.transaction(note, async ({ query }) => {
      await query(ROTATE, [of.tenantId, of.id, secret, overlapSeconds]);
      return told(note, await read(query, of));
    });
  }

  /** Deletes the webhook. What waits for it, and its attempts, the janitor deletes. */
  delete(of: WebhookOf, note: AuditNote | null = null): Promise<Webhook | null> {
    return this.audit.transaction(note, async ({ query }) => {
      const webhook = await read(query, of);
      await query('DELETE FROM webhooks WHERE tenant_id = $1 AND id = $2', [of.tenantId, of.id]);
      return told(note, webhook);
    });
  }

  beginTest(of: WebhookOf, note: AuditNote | null = null): Promise<TestedWebhook | null> {
    return this.audit.transaction(note, async ({ query }) => {
      const [row] = await query<{ url: string; secrets: Buffer[]; wait: number | null }>(
        `SELECT w.url, ${SECRETS} AS secrets,
           extract(epoch FROM w.tested_at[${TESTS_PER_MINUTE}] + interval '1 minute' - clock_timestamp())::float AS wait
         FROM webhooks w WHERE w.tenant_id = $1 AND w.id = $2 FOR NO KEY UPDATE`,
        [of.tenantId, of.id],
      );
      if (row === undefined) return null;
      if ((row.wait ?? 0) > 0) {
        const retryAfter = Math.ceil(row.wait ?? 0);
        throw new TidingsError('RATE_LIMITED', `a webhook has at most ${TESTS_PER_MINUTE} tests a minute`, { retryAfter });
      }
      await query(
        `UPDATE webhooks SET tested_at = (ARRAY[clock_timestamp()] || tested_at)[1:${TESTS_PER_MINUTE}] WHERE tenant_id = $1 AND id = $2`,
        [of.tenantId, of.id],
      );
      return { ...of, url: row.url, secrets: row.secrets };
    });
  }
}

/** Secrets of a webhook `w` that sign now, the newest first. */
export const SECRETS = `
  CASE WHEN w.former_secret_until > clock_timestamp() THEN ARRAY[w.secret, w.former_secret] ELSE ARRAY[w.secret] END`;

async function read(query: RunStatement, { tenantId, id }: WebhookOf): Promise<Webhook | null> {
  const [row] = await query<WebhookRow>(READ_ONE, [tenantId, id]);
  return row === undefined ? null : webhookOf(row);
}

/** Tells the audit log which webhook was made. */
function told(note: AuditNote | null, webhook: Webhook | null): Webhook | null {
  if (note !== null && webhook !== null) note.subject = { names: { ...note.subject.names, webhook: webhook.id } };
  return webhook;
}

async function requireFeed(query: RunStatement, tenantId: string): Promise<void> {
  const [feed] = await query<{ enabled: boolean }>('SELECT enabled FROM status_feeds WHERE tenant_id = $1', [tenantId]);
  if (!feed?.enabled) throw badInput('input', 'the feed of status events is off: setStatusFeed switches it on');
}

async function requireRoom(query: RunStatement, tenantId: string): Promise<void> {
  const [row] = await query<{ count: number }>('SELECT count(*)::int AS count FROM webhooks WHERE tenant_id = $1', [tenantId]);
  if ((row?.count ?? 0) < WEBHOOKS_PER_TENANT) return;
  throw new TidingsError('QUOTA_EXCEEDED', `a tenant has at most ${WEBHOOKS_PER_TENANT} webhooks`, {
    limit: WEBHOOKS_PER_TENANT,
  });
}

/** Refuses that a feed is switched off while a webhook lives on it, within the transaction that does it. */
export async function refuseWhileWebhooks(query: RunStatement, tenantId: string): Promise<void> {
  const rows = await query('SELECT FROM webhooks WHERE tenant_id = $1 LIMIT 1', [tenantId]);
  if (rows.length > 0) throw badInput('enabled', 'there is a webhook, which needs the feed: delete it first');
}
