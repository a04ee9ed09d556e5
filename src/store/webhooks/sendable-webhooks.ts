import type { StatusEventType } from '../../core/domain/status-feed/status-event.js';
import type { SendableWebhook } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { Database } from '../database/database.js';
import { webhooksOf } from '../sharing/work.js';
import { SECRETS } from './webhook-table.js';

const READ = `
  SELECT w.id, w.url, w.events::text[] AS events, w.include_text, w.max_batch, w.globals, w.state = 'FAILING' AS failing,
    ${SECRETS} AS secrets, w.position::text AS position,
    w.position < coalesce((SELECT last_number FROM status_feed_heads WHERE tenant_id = $1), 0) AS behind
  FROM webhooks w WHERE w.tenant_id = $1 AND w.state IN ('ACTIVE', 'FAILING') ORDER BY w.id`;

interface SendableRow {
  id: string;
  url: string;
  events: StatusEventType[];
  include_text: boolean;
  max_batch: number;
  globals: boolean;
  failing: boolean;
  secrets: Buffer[];
  position: string;
  behind: boolean;
}

/** Lists a tenant's webhooks that something is sent to. */
export async function sendableWebhooks(database: Database, tenantId: string): Promise<SendableWebhook[]> {
  const rows = await database.query<SendableRow>(READ, [tenantId], { work: webhooksOf(tenantId) });
  return rows.map(({ include_text, max_batch, position, ...row }) => ({
    ...row,
    tenantId,
    includeText: include_text,
    maxBatch: max_batch,
    position: Number(position),
  }));
}
