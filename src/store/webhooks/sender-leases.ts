import type { WebhookQueue } from '../../core/ports/stores/webhooks/webhook-queue.js';
import type { Database } from '../database/database.js';
import { INTERNAL } from '../sharing/work.js';

/** A webhook `w` has something to send: events behind its position, or what is due. */
const HAS_WORK = `
  w.state IN ('ACTIVE', 'FAILING') AND (
    w.position < coalesce((SELECT h.last_number FROM status_feed_heads h WHERE h.tenant_id = w.tenant_id), 0)
    OR EXISTS (SELECT FROM webhook_queue q WHERE q.tenant_id = w.tenant_id AND q.webhook_id = w.id AND q.due_at <= now()))`;

const CLAIM = `
  WITH free AS (
    SELECT s.tenant_id FROM webhook_senders s JOIN tenants t ON t.id = s.tenant_id AND t.disabled_at IS NULL
    WHERE s.leased_until < now() AND EXISTS (SELECT FROM webhooks w WHERE w.tenant_id = s.tenant_id AND ${HAS_WORK})
    LIMIT $3 FOR UPDATE OF s SKIP LOCKED
  )
  UPDATE webhook_senders s SET node = $1, leased_until = now() + $2::int * interval '1 millisecond'
  FROM free WHERE s.tenant_id = free.tenant_id RETURNING s.tenant_id`;

const RENEW = `
  UPDATE webhook_senders s SET leased_until = now() + $2::int * interval '1 millisecond'
  FROM tenants t WHERE t.id = s.tenant_id AND t.disabled_at IS NULL
    AND s.tenant_id = ANY ($3::uuid[]) AND s.node = $1 AND s.leased_until > now() RETURNING s.tenant_id`;

const RELEASE = `
  UPDATE webhook_senders SET node = NULL, leased_until = '-infinity' WHERE tenant_id = ANY ($2::uuid[]) AND node = $1`;

interface TenantRow {
  tenant_id: string;
}

type Leases = Pick<WebhookQueue, 'claimTenants' | 'renewTenants' | 'releaseTenants'>;

/** Lets one node at a time send for a tenant. A lease ends by itself, so nothing waits for a node that died. */
export function senderLeases(database: Database): Leases {
  const ids = (rows: readonly TenantRow[]) => rows.map(({ tenant_id }) => tenant_id);
  return {
    claimTenants: async (node, leaseMs, limit) =>
      ids(await database.query<TenantRow>(CLAIM, [node, leaseMs, limit], { work: INTERNAL, write: true })),
    renewTenants: async (node, tenantIds, leaseMs) =>
      ids(await database.query<TenantRow>(RENEW, [node, leaseMs, tenantIds], { work: INTERNAL, write: true })),
    releaseTenants: async (node, tenantIds) => {
      await database.query(RELEASE, [node, tenantIds], { work: INTERNAL, write: true });
    },
  };
}
