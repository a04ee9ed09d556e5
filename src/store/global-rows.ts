import type { GlobalDelivery } from '../core/message-store.js';
import type { Metrics } from '../core/metrics.js';
import type { Database } from './database.js';
import { erasureLock, inLockOrder } from './locks.js';
import { inTime } from './receipts.js';
import { plainArray, textArray } from './sql-array.js';

/** Rows of one transaction. */
const CHUNK = 5_000;

/** Makes the rows of global messages that were sent, in bulk. */
export class GlobalRowWriter {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    retentionMs: number,
    private readonly metrics: Metrics,
  ) {
    // FOR SHARE: a cancel of the global waits for us and then finds our rows, or we wait for it and see that it is cancelled. (KEY SHARE
    // would let its UPDATE through.) A recall comes before any receipt that is recorded after it, as for every message.
    this.#sql = `
      WITH moment AS MATERIALIZED (
        SELECT date_trunc('milliseconds', clock_timestamp()) AS now
      ), input AS MATERIALIZED (
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::"ReceiptKind"[], $6::bigint[])
          AS r(tenant_id, global_id, recipient, revocation, kind, at)
      ), globals AS MATERIALIZED (
        SELECT g.tenant_id, g.id, g.topic, g.created_at, g.expires_at, g.cancelled_at,
          coalesce(g.expires_at, g.created_at + interval '${Math.floor(retentionMs)} milliseconds') AS expiry
        FROM global_messages g
        WHERE (g.tenant_id, g.id) IN (SELECT tenant_id, global_id FROM input)
        ORDER BY g.tenant_id, g.id FOR SHARE
      ), prepared AS MATERIALIZED (
        SELECT r.tenant_id, global_row_id(g.id, r.recipient) AS id, r.recipient, g.topic, g.created_at, g.expires_at, g.id AS global_id,
          r.kind, g.cancelled_at AS recalled_at, g.expiry,
          CASE WHEN r.kind IS NOT NULL THEN least(greatest(to_timestamp(r.at / 1000.0), g.created_at), moment.now) END AS received,
          CASE WHEN r.kind IS NOT NULL THEN ${inTime('to_timestamp(r.at / 1000.0)', 'g.expiry', 'moment.now')} END AS in_time
        FROM moment CROSS JOIN input r
        JOIN globals g ON g.tenant_id = r.tenant_id AND g.id = r.global_id
        WHERE NOT EXISTS (
          SELECT FROM revocations v
          WHERE v.tenant_id = r.tenant_id AND v.recipient_hash = sha256(convert_to(r.recipient, 'UTF8'))
            AND v.erased_at IS NOT NULL AND v.number > r.revocation
        )
      ), made AS (
        INSERT INTO messages AS m (tenant_id, id, recipient, topic, created_at, expires_at, global_message_id,
          status, receipt, cancel_reason, delivered_at, cancelled_at)
        SELECT p.tenant_id, p.id, p.recipient, p.topic, p.created_at, p.expires_at, p.global_id,
          (CASE WHEN p.recalled_at IS NOT NULL THEN 'CANCELLED' WHEN p.in_time IS NULL THEN 'PENDING'
            WHEN p.in_time THEN 'DELIVERED' ELSE 'CANCELLED' END)::"MessageStatus",
          p.kind,
          (CASE WHEN p.recalled_at IS NOT NULL THEN 'RECALLED' WHEN NOT p.in_time THEN 'EXPIRED' END)::"CancelReason",
          p.received,
          CASE WHEN p.recalled_at IS NOT NULL THEN p.recalled_at WHEN NOT p.in_time THEN p.expiry END
        FROM prepared p
        ORDER BY p.tenant_id, p.id
        ON CONFLICT (tenant_id, id) DO UPDATE SET
          receipt = excluded.receipt,
          delivered_at = excluded.delivered_at,
          status = CASE WHEN m.status = 'PENDING' THEN excluded.status ELSE m.status END,
          cancel_reason = CASE WHEN m.status = 'PENDING' THEN excluded.cancel_reason ELSE m.cancel_reason END,
          cancelled_at = CASE WHEN m.status = 'PENDING' THEN excluded.cancelled_at ELSE m.cancelled_at END
        WHERE m.delivered_at IS NULL AND excluded.delivered_at IS NOT NULL
        RETURNING m.status, m.receipt
      )
      SELECT
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'PONG')::int AS pong,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'ACK')::int AS ack
      FROM made`;
  }

  async record(deliveries: readonly GlobalDelivery[]): Promise<void> {
    const distinct = oneEach(deliveries);
    for (let from = 0; from < distinct.length; from += CHUNK) await this.#recordChunk(distinct.slice(from, from + CHUNK));
  }

  async #recordChunk(deliveries: readonly GlobalDelivery[]): Promise<void> {
    // Taken before the statement that reads revocations: an erasure that is not seen by it has not yet begun to delete.
    const tenantIds = new Set(deliveries.map(({ tenantId }) => tenantId));
    const locks = inLockOrder([...tenantIds].map(erasureLock));
    const preamble = locks.map((lock) => `SELECT pg_advisory_xact_lock_shared('${lock}')`).join(';');
    const [counts] = await this.database.transaction(
      ({ query }) =>
        query<{ pong: number; ack: number }>(this.#sql, [
          plainArray(deliveries.map(({ tenantId }) => tenantId)),
          plainArray(deliveries.map(({ globalMessageId }) => globalMessageId)),
          textArray(deliveries.map(({ recipient }) => recipient)),
          plainArray(deliveries.map(({ revocation }) => revocation)),
          plainArray(deliveries.map(({ receipt }) => receipt?.kind ?? null)),
          plainArray(deliveries.map(({ receipt }) => (receipt ? Math.floor(receipt.at) : null))),
        ]),
      { preamble },
    );
    this.metrics.receiptBatchRows.observe(deliveries.length);
    this.metrics.delivered.PONG.inc(counts?.pong ?? 0);
    this.metrics.delivered.ACK.inc(counts?.ack ?? 0);
  }
}

/** One delivery for each row, with the earliest receipt. */
function oneEach(deliveries: readonly GlobalDelivery[]): GlobalDelivery[] {
  const rows = new Map<string, GlobalDelivery>();
  for (const delivery of deliveries) {
    const key = `${delivery.tenantId}${delivery.globalMessageId}${delivery.recipient}`;
    const known = rows.get(key);
    if (!known) rows.set(key, delivery);
    else {
      const revocation = Math.max(known.revocation, delivery.revocation);
      rows.set(key, { ...known, revocation, receipt: earlier(known.receipt, delivery.receipt) });
    }
  }
  return [...rows.values()];
}

const earlier = (a: GlobalDelivery['receipt'], b: GlobalDelivery['receipt']): GlobalDelivery['receipt'] =>
  a && b ? (a.at <= b.at ? a : b) : (a ?? b);
