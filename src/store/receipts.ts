import { LIMITS } from '../core/limits.js';
import type { Receipt } from '../core/message-store.js';
import type { Metrics } from '../core/metrics.js';
import type { Database } from './database.js';
import { plainArray } from './sql-array.js';
import type { StatusRules } from './status.js';

/** Receipts of one statement. */
const CHUNK = 5_000;

/**
 * What a receipt makes of a PENDING row: SQL conditions over `received` (when it came in), `expiry` and `now`. It must have reached a node
 * before the expiry, and must be recorded before the expiry is final.
 */
export const inTime = (received: string, expiry: string, now: string): string =>
  `(${received} < ${expiry} AND ${now} <= ${expiry} + interval '${LIMITS.expiryFinalAfterMs} milliseconds')`;

/** Turns receipts into statuses. */
export class ReceiptWriter {
  readonly #sql: string;

  constructor(
    private readonly database: Database,
    rules: StatusRules,
    private readonly metrics: Metrics,
  ) {
    // Rows are locked in the order of their keys before any is changed, or two statements could wait for each other. The lock also
    // brings the newest version of each row, so what a recall or another receipt did meanwhile stands. The arrays stand in subqueries, where
    // the planner does not see how long they are: for a thousand ids it reads a young table from end to end instead of its key.
    this.#sql = `
      WITH moment AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'on', true), date_trunc('milliseconds', clock_timestamp()) AS now
      ), locked AS MATERIALIZED (
        SELECT m.tenant_id, m.id, m.status AS before, ${rules.expiry} AS expiry, moment.now, r.kind,
          least(greatest(to_timestamp(r.at / 1000), m.created_at), moment.now) AS received
        FROM moment CROSS JOIN unnest((SELECT $1::uuid[]), (SELECT $2::uuid[]), (SELECT $3::"ReceiptKind"[]), (SELECT $4::float8[]))
          AS r(tenant_id, id, kind, at)
        JOIN messages m ON m.tenant_id = r.tenant_id AND m.id = r.id
        WHERE m.delivered_at IS NULL
        ORDER BY m.tenant_id, m.id FOR NO KEY UPDATE OF m
      ), settled AS (
        UPDATE messages m SET
          receipt = l.kind,
          delivered_at = l.received,
          status = CASE
            WHEN l.before <> 'PENDING' THEN l.before
            WHEN ${inTime('l.received', 'l.expiry', 'l.now')} THEN 'DELIVERED' ELSE 'CANCELLED' END,
          cancel_reason = CASE
            WHEN l.before = 'PENDING' AND NOT ${inTime('l.received', 'l.expiry', 'l.now')} THEN 'EXPIRED' ELSE m.cancel_reason END,
          cancelled_at = CASE
            WHEN l.before = 'PENDING' AND NOT ${inTime('l.received', 'l.expiry', 'l.now')} THEN l.expiry ELSE m.cancelled_at END
        FROM locked l WHERE m.tenant_id = l.tenant_id AND m.id = l.id
        RETURNING m.status, m.receipt, l.before
      )
      SELECT
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'PONG')::int AS pong,
        count(*) FILTER (WHERE status = 'DELIVERED' AND receipt = 'ACK')::int AS ack,
        count(*) FILTER (WHERE status = 'CANCELLED' AND before = 'PENDING')::int AS expired
      FROM settled`;
  }

  async settle(receipts: readonly Receipt[]): Promise<void> {
    const first = firstReceipts(receipts);
    for (let from = 0; from < first.length; from += CHUNK) await this.#settleChunk(first.slice(from, from + CHUNK));
  }

  async #settleChunk(receipts: readonly Receipt[]): Promise<void> {
    const [counts] = await this.database.query<{ pong: number; ack: number; expired: number }>(
      this.#sql,
      [
        plainArray(receipts.map(({ tenantId }) => tenantId)),
        plainArray(receipts.map(({ rowId }) => rowId)),
        plainArray(receipts.map(({ kind }) => kind)),
        plainArray(receipts.map(({ at }) => Math.floor(at))),
      ],
      { write: true, prepareAs: 'settle' },
    );
    this.metrics.receiptBatchRows.observe(receipts.length);
    this.metrics.delivered.PONG.inc(counts?.pong ?? 0);
    this.metrics.delivered.ACK.inc(counts?.ack ?? 0);
    this.metrics.expired.inc(counts?.expired ?? 0);
  }
}

/** The earliest receipt of each row. Keys are the strings as they came: joining two costs more than looking both up. */
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
