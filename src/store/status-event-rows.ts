import type { Settled } from './usage-delta.js';

/** SQL conditions on rows of `changed` that make an event. A kind that is not named does not happen there. */
export interface Told extends Settled {
  /** The row got its receipt after a recall or an expiry, perhaps just now. */
  lateReceipt?: string;
}

/** Columns of `messages m` that an event tells. */
export const TOLD_COLUMNS =
  'm.id, m.recipient, m.topic, m.global_message_id, m.receipt, m.cancel_reason, m.delivered_at, m.cancelled_at';

/** Of each kind: type, time, receipt and reason, in terms of a row of `changed`. In the order of one row's events. */
const KINDS: ReadonlyArray<readonly [kind: keyof Told, type: string, at: string, receipt: string, reason: string]> = [
  ['delivered', 'DELIVERED', 'c.delivered_at', 'c.receipt', 'NULL'],
  ['recalled', 'RECALLED', 'c.cancelled_at', 'NULL', 'c.cancel_reason'],
  ['expired', 'EXPIRED', 'c.cancelled_at', 'NULL', 'c.cancel_reason'],
  ['lateReceipt', 'LATE_RECEIPT', 'c.delivered_at', 'c.receipt', 'c.cancel_reason'],
];

/** Lists the columns of an event in the inbox, but for its number in there. */
export const EVENT_COLUMNS = 'tenant_id, type, at, message_id, recipient, topic, global_message_id, receipt, cancel_reason';

/**
 * Keeps the events of tenants whose feed is on, those of globals if it tells of them. It is a part of the
 * statement that settles, so the switch is read as it is when that begins. See docs/design/status-feed.md.
 *
 * @param row with `tenant_id` and `global_message_id`
 */
export const feedOf = (row: string): string =>
  `JOIN status_feeds f ON f.tenant_id = ${row}.tenant_id AND f.enabled AND (f.globals OR ${row}.global_message_id IS NULL)`;

/**
 * Composes the INSERT of the events of what a statement has changed.
 *
 * @param told for rows of `changed`, which has `tenant_id` and the columns of TOLD_COLUMNS
 */
export function eventRows(told: Told): string {
  const kinds = KINDS.flatMap(([kind, type, at, receipt, reason]) => {
    const condition = told[kind];
    return condition === undefined ? [] : [`('${type}', (${condition}), ${at}, ${receipt}, ${reason})`];
  });
  return `INSERT INTO status_event_inbox (${EVENT_COLUMNS})
    SELECT c.tenant_id, e.type::"StatusEventType", e.at, c.id, c.recipient, c.topic, c.global_message_id, e.receipt::"ReceiptKind",
      e.reason::"CancelReason"
    FROM changed c ${feedOf('c')}
    CROSS JOIN LATERAL (VALUES ${kinds.join(', ')}) AS e(type, told, at, receipt, reason) WHERE e.told`;
}
