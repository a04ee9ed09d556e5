import type { Metrics } from '../../core/ports/metrics.js';
import type { GlobalDelivery } from '../../core/ports/stores/delivery-store.js';
import { erasureLock, inLockOrder } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { type DistinctDeliveries, distinctDeliveries } from './distinct-deliveries.js';
import { inTime } from './in-time.js';
import { statusMove } from './status-move.js';

/** Makes this many rows in one transaction. */
const CHUNK = 5_000;

/** Counts rows by what has become of them. */
interface Counts {
  made: number;
  pong: number;
  ack: number;
  recalled: number;
  expired: number;
}

/** Makes the rows of global messages that were sent, in bulk. See docs/design/globals.md. */
export class GlobalRowWriter {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    retentionMs: number,
    private readonly metrics: Metrics,
  ) {
    // FOR SHARE: a recall of the global waits for this transaction and then finds its rows, or this one waits
    // and sees the recall. KEY SHARE would let the recall's UPDATE through. A recall goes before any receipt
    // that is recorded after it. Nothing is computed twice for a row: one hash (`global_row_id` has two), a
    // recipient's hash only where the tenant erased somebody, enumerations as constants, since a cast of text
    // looks its label up for each row.
    this.#sql = statusMove({
      find: `moment AS MATERIALIZED (
        SELECT date_trunc('milliseconds', clock_timestamp()) AS now
      ), globals AS MATERIALIZED (
        SELECT c.n, g.tenant_id, g.id, g.topic, g.created_at, g.expires_at, g.cancelled_at AS recalled_at,
          coalesce(g.expires_at, g.created_at + interval '${Math.floor(retentionMs)} milliseconds') AS expiry,
          g.id::text || ':' AS hashed_before, left(g.id::text, 13) || '7' AS id_begins,
          EXISTS (SELECT FROM revocations v WHERE v.tenant_id = g.tenant_id AND v.erased_at IS NOT NULL) AS erasures
        FROM unnest($1::uuid[], $2::uuid[]) WITH ORDINALITY AS c(tenant_id, id, n)
        JOIN global_messages g ON g.tenant_id = c.tenant_id AND g.id = c.id
        ORDER BY g.tenant_id, g.id FOR SHARE OF g
      ), prepared AS (
        SELECT g.tenant_id, r.recipient, g.topic, g.created_at, g.expires_at, g.id AS global_id, g.recalled_at, g.expiry,
          (g.id_begins || left(encode(set_byte(h.hash, 1, (get_byte(h.hash, 1) & 243) | 8), 'hex'), 19))::uuid AS id,
          CASE r.kind WHEN 1 THEN 'PONG'::"ReceiptKind" WHEN 2 THEN 'ACK'::"ReceiptKind" END AS kind,
          CASE WHEN t.at IS NOT NULL THEN least(greatest(t.at, g.created_at), moment.now) END AS received,
          ${inTime('t.at', 'g.expiry', 'moment.now')} AS in_time
        FROM moment CROSS JOIN unnest($3::int[], $4::text[], $5::bigint[], $6::int[], $7::float8[])
          AS r(n, recipient, revocation, kind, at)
        JOIN globals g ON g.n = r.n
        CROSS JOIN LATERAL (SELECT sha256(convert_to(g.hashed_before || r.recipient, 'UTF8')) AS hash OFFSET 0) AS h
        CROSS JOIN LATERAL (SELECT to_timestamp(r.at / 1000) AS at OFFSET 0) AS t
        WHERE NOT g.erasures OR NOT EXISTS (
          SELECT FROM revocations v
          WHERE v.tenant_id = g.tenant_id AND v.recipient_hash = sha256(convert_to(r.recipient, 'UTF8'))
            AND v.erased_at IS NOT NULL AND v.number > r.revocation
        )
      )`,
      change: `
        INSERT INTO messages AS m (tenant_id, id, recipient, topic, created_at, expires_at, global_message_id,
          status, receipt, cancel_reason, delivered_at, cancelled_at)
        SELECT p.tenant_id, p.id, p.recipient, p.topic, p.created_at, p.expires_at, p.global_id,
          CASE WHEN p.recalled_at IS NOT NULL THEN 'CANCELLED'::"MessageStatus" WHEN p.in_time IS NULL THEN 'PENDING'::"MessageStatus"
            WHEN p.in_time THEN 'DELIVERED'::"MessageStatus" ELSE 'CANCELLED'::"MessageStatus" END,
          p.kind,
          CASE WHEN p.recalled_at IS NOT NULL THEN 'RECALLED'::"CancelReason" WHEN NOT p.in_time THEN 'EXPIRED'::"CancelReason" END,
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
        WHERE m.delivered_at IS NULL AND excluded.delivered_at IS NOT NULL`,
      // Only an inserted row has no xmax. Of a row that was there and is cancelled, the subquery sees the
      // status
      // before: receipts that come too late are few.
      returning: `m.status, m.receipt, m.cancel_reason, m.xmax = 0 AS made,
        m.status = 'CANCELLED' AND (m.xmax = 0 OR 'PENDING' = (
          SELECT b.status FROM messages b WHERE b.tenant_id = m.tenant_id AND b.id = m.id
        )) AS ended`,
      answer: `
      SELECT
        count(*) FILTER (WHERE made)::int AS made,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'PONG')::int AS pong,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'ACK')::int AS ack,
        count(*) FILTER (WHERE ended AND cancel_reason = 'RECALLED')::int AS recalled,
        count(*) FILTER (WHERE ended AND cancel_reason = 'EXPIRED')::int AS expired
      FROM changed`,
    });
  }

  async record(deliveries: readonly GlobalDelivery[], late = false): Promise<void> {
    // A delivery that is in two chunks meets its own row in the second.
    for (let from = 0; from < deliveries.length; from += CHUNK)
      await this.#recordChunk(distinctDeliveries(deliveries.slice(from, from + CHUNK)), late);
  }

  async #recordChunk({ globals, places, rows }: DistinctDeliveries, late: boolean): Promise<void> {
    // Taken before the statement that reads revocations: an erasure that it does not
    // see has not begun to delete.
    const tenants = new Set(globals.map(({ tenantId }) => tenantId));
    const locks = inLockOrder([...tenants].map(erasureLock));
    const statements = locks.map((lock) => `SELECT pg_advisory_xact_lock_shared('${lock}')`);
    // Counts before the rows can become visible, and whatever becomes of them.
    if (late) statements.unshift(`SELECT nextval('late_rows_seq')`);
    const [counts] = await this.database.transaction(
      ({ query }) =>
        query<Counts>(this.#sql, [
          plainArray(globals.map(({ tenantId }) => tenantId)),
          plainArray(globals.map(({ id }) => id)),
          plainArray(places),
          textArray(rows.map(({ recipient }) => recipient)),
          plainArray(rows.map(({ revocation }) => revocation)),
          plainArray(rows.map(({ receipt }) => receipt && (receipt.kind === 'PONG' ? 1 : 2))),
          plainArray(rows.map(({ receipt }) => receipt && Math.floor(receipt.at))),
        ]),
      { preamble: statements.join(';') },
    );
    this.metrics.receiptBatchRows.observe(rows.length);
    if (!counts) return;
    const { metrics } = this;
    metrics.globalRows.inc(counts.made);
    metrics.delivered.PONG.inc(counts.pong);
    metrics.delivered.ACK.inc(counts.ack);
    metrics.cancelled.inc(counts.recalled);
    metrics.expired.inc(counts.expired);
  }
}
