import type { Metrics } from '../../core/ports/metrics.js';
import type { GlobalDelivery } from '../../core/ports/stores/delivery-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { erasureLock, inLockOrder } from '../database/advisory-locks.js';
import { plainArray, textArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { idMillis } from '../database/uuid-ranges.js';
import { SETTLEMENTS } from '../sharing/work.js';
import { type DistinctDeliveries, distinctDeliveries } from './distinct-deliveries.js';
import { preparedGlobalRows } from './prepared-global-rows.js';
import { statusMove } from './status-move.js';

/** Makes this many rows in one transaction. */
const CHUNK = 5_000;

/** Counts rows by what has become of them. */
interface Counts extends Ended {
  made: number;
  pong: number;
  ack: number;
  /** True if some receipts came after a recall or an expiry. */
  late: boolean;
}

interface Ended {
  recalled: number;
  expired: number;
}

/** True for a row of `prepared` whose receipt came after a recall or an expiry. */
const LATE = 'p.kind IS NOT NULL AND (p.recalled_at IS NOT NULL OR NOT p.in_time)';

/**
 * Writes the statement that makes rows, and gives those that are there their first receipt.
 *
 * RETURNING has no old values before PostgreSQL 18, and each move is counted once. So a row that is pending
 * and would be cancelled is left to `lateReceipts`, which locks rows first: in what this one returns, only an
 * inserted row (it has no xmax) can be cancelled by it.
 */
const makeRows = (retentionMs: number): string =>
  statusMove({
    find: preparedGlobalRows(retentionMs),
    change: `
      INSERT INTO messages AS m (tenant_id, id, recipient, topic, created_at, expires_at, global_message_id,
        status, receipt, cancel_reason, delivered_at, cancelled_at, receipt_connection_id)
      SELECT p.tenant_id, p.id, p.recipient, p.topic, p.created_at, p.expires_at, p.global_id,
        CASE WHEN p.recalled_at IS NOT NULL THEN 'CANCELLED'::"MessageStatus" WHEN p.in_time IS NULL THEN 'PENDING'::"MessageStatus"
          WHEN p.in_time THEN 'DELIVERED'::"MessageStatus" ELSE 'CANCELLED'::"MessageStatus" END,
        p.kind,
        CASE WHEN p.recalled_at IS NOT NULL THEN 'RECALLED'::"CancelReason" WHEN NOT p.in_time THEN 'EXPIRED'::"CancelReason" END,
        p.received,
        CASE WHEN p.recalled_at IS NOT NULL THEN p.recalled_at WHEN NOT p.in_time THEN p.expiry END,
        p.connection_id
      FROM prepared p
      ORDER BY p.tenant_id, p.id
      ON CONFLICT (tenant_id, id) DO UPDATE SET
        receipt = excluded.receipt,
        delivered_at = excluded.delivered_at,
        receipt_connection_id = excluded.receipt_connection_id,
        status = CASE WHEN m.status = 'PENDING' THEN excluded.status ELSE m.status END
      WHERE m.delivered_at IS NULL AND excluded.delivered_at IS NOT NULL
        AND (m.status = 'CANCELLED' OR excluded.status = 'DELIVERED')`,
    returning: 'm.status, m.xmax = 0 AS made',
    told: {
      delivered: `status = 'DELIVERED'`,
      recalled: `made AND cancel_reason = 'RECALLED'`,
      expired: `made AND cancel_reason = 'EXPIRED'`,
      lateReceipt: `status = 'CANCELLED' AND receipt IS NOT NULL`,
    },
    answer: `
      SELECT
        count(*) FILTER (WHERE made)::int AS made,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'PONG')::int AS pong,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'ACK')::int AS ack,
        count(*) FILTER (WHERE made AND cancel_reason = 'RECALLED')::int AS recalled,
        count(*) FILTER (WHERE made AND cancel_reason = 'EXPIRED')::int AS expired,
        EXISTS (SELECT FROM prepared p WHERE ${LATE}) AS late
      FROM changed`,
  });

/** Writes the statement that records receipts which came too late on rows that are there, pending or not. */
const lateReceipts = (retentionMs: number): string =>
  statusMove({
    find: `${preparedGlobalRows(retentionMs)}, locked AS MATERIALIZED (
      SELECT m.tenant_id, m.id, m.status AS before, p.kind, p.received, p.recalled_at, p.expiry, p.connection_id
      FROM prepared p JOIN messages m ON m.tenant_id = p.tenant_id AND m.id = p.id
      WHERE ${LATE} AND m.delivered_at IS NULL
      ORDER BY m.tenant_id, m.id FOR NO KEY UPDATE OF m
    )`,
    change: `
      UPDATE messages m SET
        receipt = l.kind,
        delivered_at = l.received,
        receipt_connection_id = l.connection_id,
        status = CASE WHEN l.before = 'PENDING' THEN 'CANCELLED' ELSE l.before END,
        cancel_reason = CASE WHEN l.before <> 'PENDING' THEN m.cancel_reason
          WHEN l.recalled_at IS NOT NULL THEN 'RECALLED'::"CancelReason" ELSE 'EXPIRED'::"CancelReason" END,
        cancelled_at = CASE WHEN l.before <> 'PENDING' THEN m.cancelled_at ELSE coalesce(l.recalled_at, l.expiry) END
      FROM locked l WHERE m.tenant_id = l.tenant_id AND m.id = l.id`,
    returning: 'l.before',
    told: {
      recalled: `before = 'PENDING' AND cancel_reason = 'RECALLED'`,
      expired: `before = 'PENDING' AND cancel_reason = 'EXPIRED'`,
      lateReceipt: 'true',
    },
    answer: `
      SELECT
        count(*) FILTER (WHERE before = 'PENDING' AND cancel_reason = 'RECALLED')::int AS recalled,
        count(*) FILTER (WHERE before = 'PENDING' AND cancel_reason = 'EXPIRED')::int AS expired
      FROM changed`,
  });

/** Makes the rows of global messages that were sent, in bulk. See docs/design/globals.md. */
export class GlobalRowWriter {
  readonly #makeSql: string;
  readonly #lateSql: string;

  constructor(
    private readonly database: Database,
    retentionMs: number,
    private readonly observers: { metrics: Metrics; usage: UsageMeter },
  ) {
    this.#makeSql = makeRows(retentionMs);
    this.#lateSql = lateReceipts(retentionMs);
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
    const values = [
      plainArray(globals.map(({ tenantId }) => tenantId)),
      plainArray(globals.map(({ id }) => id)),
      plainArray(places),
      textArray(rows.map(({ recipient }) => recipient)),
      plainArray(rows.map(({ revocation }) => revocation)),
      plainArray(rows.map(({ receipt }) => receipt && (receipt.kind === 'PONG' ? 1 : 2))),
      plainArray(rows.map(({ receipt }) => receipt && Math.floor(receipt.at))),
      plainArray(rows.map(({ receipt, connectionId }) => receipt && (connectionId ?? null))),
    ];
    const outcomes = await this.database.transaction(
      async ({ query }) => {
        const [made] = await query<Counts>(this.#makeSql, values);
        const [late] = made?.late ? await query<Ended>(this.#lateSql, values) : [];
        return { made, late };
      },
      { work: SETTLEMENTS, preamble: statements.join(';') },
    );
    this.#count(rows, outcomes.made, outcomes.late);
  }

  #count(rows: readonly GlobalDelivery[], made: Counts | undefined, late: Ended | undefined): void {
    const { metrics, usage } = this.observers;
    metrics.receiptBatchRows.observe(rows.length);
    if (!made) return;
    metrics.globalRows.inc(made.made);
    metrics.delivered.PONG.inc(made.pong);
    metrics.delivered.ACK.inc(made.ack);
    metrics.cancelled.inc(made.recalled + (late?.recalled ?? 0));
    metrics.expired.inc(made.expired + (late?.expired ?? 0));
    if (made.pong + made.ack === 0) return;
    for (const { tenantId, globalMessageId, receipt } of rows)
      if (receipt) usage.delivered(tenantId, receipt.at - idMillis(globalMessageId));
  }
}
