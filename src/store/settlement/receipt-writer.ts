import type { Metrics } from '../../core/ports/metrics.js';
import type { Receipt } from '../../core/ports/stores/delivery-store.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { plainArray } from '../database/array-literals.js';
import type { Database } from '../database/database.js';
import { idMillis } from '../database/uuid-ranges.js';
import type { MessageStatusRules } from '../message-status.js';
import { SETTLEMENTS } from '../sharing/work.js';
import { inTime } from './in-time.js';
import { statusMove } from './status-move.js';

/** Settles this many receipts by one statement. */
const CHUNK = 5_000;

// The arrays and the LIMIT stand in subqueries, where the planner does not see how many receipts there are,
// so it looks for each row by its key (docs/design/settlement.md).
const RECEIVED = `moment AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'on', true), date_trunc('milliseconds', clock_timestamp()) AS now
      ), received AS MATERIALIZED (
        SELECT r.*, moment.now
        FROM moment CROSS JOIN unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::"ReceiptKind"[]), (SELECT $4::float8[]),
          (SELECT $5::uuid[])) AS r(tenant_id, id, kind, at, connection_id)
        ORDER BY r.tenant_id, r.id LIMIT (SELECT cardinality($2::uuid[]))
      )`;
const RECEIVED_AT = 'least(greatest(to_timestamp(r.at / 1000), m.created_at), r.now)';

interface Settled {
  pong: number;
  ack: number;
  expired: number;
}

/** Settles messages by their receipts. See docs/design/settlement.md. */
export class ReceiptWriter {
  readonly #pendingSql: string;
  readonly #anySql: string;

  constructor(
    private readonly database: Database,
    rules: MessageStatusRules,
    private readonly observers: { metrics: Metrics; usage: UsageMeter },
  ) {
    // Nearly every receipt is of a row that is pending and in time. No lock goes before this update, which
    // costs a quarter of it: rows are met in the order of their keys anyhow, and two statements that wait for
    // each other all the same are repeated. A row that somebody else changed meanwhile is judged anew, in its
    // newest version. The subquery hides 'PENDING' from the planner, which would read the index of all that
    // is pending for each receipt.
    this.#pendingSql = statusMove({
      find: RECEIVED,
      change: `
        UPDATE messages m SET receipt = r.kind, delivered_at = ${RECEIVED_AT}, receipt_connection_id = r.connection_id,
          status = 'DELIVERED'
        FROM received r
        WHERE m.tenant_id = r.tenant_id AND m.id = r.id AND m.status = (SELECT 'PENDING'::"MessageStatus")
          AND ${inTime(RECEIVED_AT, rules.expiry, 'r.now')}`,
      told: { delivered: 'true' },
      answer: `
        SELECT count(*) FILTER (WHERE receipt = 'PONG')::int AS pong, count(*) FILTER (WHERE receipt = 'ACK')::int AS ack, 0 AS expired
        FROM changed`,
    });
    // Locks rows in the order of their keys before it changes any, or two statements could wait for
    // each other. The lock also brings the newest version of each row, so what a recall or another
    // receipt did meanwhile stands.
    this.#anySql = statusMove({
      find: `${RECEIVED}, locked AS MATERIALIZED (
        SELECT m.tenant_id, m.id, m.status AS before, ${rules.expiry} AS expiry, r.now, r.kind, r.connection_id, ${RECEIVED_AT} AS received
        FROM received r JOIN messages m ON m.tenant_id = r.tenant_id AND m.id = r.id
        WHERE m.delivered_at IS NULL
        ORDER BY m.tenant_id, m.id FOR NO KEY UPDATE OF m
      )`,
      change: `
        UPDATE messages m SET
          receipt = l.kind,
          delivered_at = l.received,
          receipt_connection_id = l.connection_id,
          status = CASE
            WHEN l.before <> 'PENDING' THEN l.before
            WHEN ${inTime('l.received', 'l.expiry', 'l.now')} THEN 'DELIVERED' ELSE 'CANCELLED' END,
          cancel_reason = CASE
            WHEN l.before = 'PENDING' AND NOT ${inTime('l.received', 'l.expiry', 'l.now')} THEN 'EXPIRED' ELSE m.cancel_reason END,
          cancelled_at = CASE
            WHEN l.before = 'PENDING' AND NOT ${inTime('l.received', 'l.expiry', 'l.now')} THEN l.expiry ELSE m.cancelled_at END
        FROM locked l WHERE m.tenant_id = l.tenant_id AND m.id = l.id`,
      returning: 'm.status, l.before',
      told: {
        delivered: `before = 'PENDING' AND status = 'DELIVERED'`,
        expired: `before = 'PENDING' AND status = 'CANCELLED'`,
        lateReceipt: `status = 'CANCELLED'`,
      },
      answer: `
      SELECT
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'PONG')::int AS pong,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'ACK')::int AS ack,
        count(*) FILTER (WHERE status = 'CANCELLED' AND before = 'PENDING')::int AS expired
      FROM changed`,
    });
  }

  async settle(receipts: readonly Receipt[]): Promise<void> {
    const first = firstReceipts(receipts);
    for (let from = 0; from < first.length; from += CHUNK) await this.#settleChunk(first.slice(from, from + CHUNK));
  }

  async #settleChunk(receipts: readonly Receipt[]): Promise<void> {
    const values = [
      plainArray(receipts.map(({ tenantId }) => tenantId)),
      plainArray(receipts.map(({ rowId }) => rowId)),
      plainArray(receipts.map(({ kind }) => kind)),
      plainArray(receipts.map(({ at }) => Math.floor(at))),
      plainArray(receipts.map(({ connectionId }) => connectionId ?? null)),
    ];
    this.observers.metrics.receiptBatchRows.observe(receipts.length);
    let delivered = await this.#run('settle', this.#pendingSql, values);
    // The others are of rows that are gone, cancelled, late, or settled by another node.
    if (delivered < receipts.length) delivered += await this.#run('settle-any', this.#anySql, values);
    // Those that settled nothing are few, unless none did.
    if (delivered > 0)
      for (const { tenantId, rowId, at } of receipts) this.observers.usage.delivered(tenantId, at - idMillis(rowId));
  }

  /** Returns how many rows it made DELIVERED. */
  async #run(prepareAs: string, sql: string, values: readonly string[]): Promise<number> {
    const [settled] = await this.database.query<Settled>(sql, values, { work: SETTLEMENTS, write: true, prepareAs });
    const { pong, ack, expired } = settled ?? { pong: 0, ack: 0, expired: 0 };
    const { metrics } = this.observers;
    metrics.delivered.PONG.inc(pong);
    metrics.delivered.ACK.inc(ack);
    metrics.expired.inc(expired);
    return pong + ack;
  }
}

/**
 * Picks the earliest receipt of each row.
 *
 * Keys are the strings as they came: joining two costs more than looking both up.
 */
function firstReceipts(receipts: readonly Receipt[]): Receipt[] {
  const first: Receipt[] = [];
  const tenants = new Map<string, Map<string, number>>();
  for (const receipt of receipts) {
    let places = tenants.get(receipt.tenantId);
    if (!places) {
      places = new Map();
      tenants.set(receipt.tenantId, places);
    }
    const known = places.get(receipt.rowId);
    if (known === undefined) places.set(receipt.rowId, first.push(receipt) - 1);
    else if (receipt.at < (first[known] as Receipt).at) first[known] = receipt;
  }
  return first;
}
