import { globalRowId } from '../../core/domain/message-ids.js';
import type { MessageQuery, TimeRange } from '../../core/ports/stores/query-store.js';
import { SqlConditions } from '../database/sql-conditions.js';
import { firstIdAt, lastIdAt } from '../database/uuid-ranges.js';
import type { MessageStatusRules } from '../message-status.js';

// What a filter selects, in SQL over rows `m` of `messages`: candidates, which an index answers, and a filter
// that each of them is tested with.

/** Allows for this error of the estimate of the database's clock, in milliseconds; a second is promised. */
const CLOCK_MARGIN_MS = 5_000;

/** Selects the entries of the index `messages_cancelled_idx`. */
export const CANCELLED_ROWS = `(m.status = 'CANCELLED' OR (m.status = 'PENDING' AND m.expires_at IS NOT NULL))`;

/**
 * Returns the id from which on all that is cancelled is among {@link CANCELLED_ROWS}. A row without
 * `expiresAt`
 * that has expired but is not marked yet is not, and can only be older than the retention.
 * @param now by the database's clock
 */
export const oldestCancelledRow = (now: number, { retentionMs }: MessageStatusRules): string =>
  firstIdAt(now - retentionMs + CLOCK_MARGIN_MS);

/** Tells that nothing but what is cancelled can match. */
export const isOfCancelled = ({ status, cancelReason }: MessageQuery): boolean =>
  status === 'CANCELLED' || (cancelReason !== undefined && status === null);

/** Tells that no filter names rows for which another index is better. */
export const isOpen = ({ recipient, globalMessageId, topic }: MessageQuery): boolean =>
  recipient === null && globalMessageId === null && topic === null;

/** Adds what the index of the filter's recipient, global or topic answers. */
export function narrowByKey(candidates: SqlConditions, { recipient, globalMessageId, topic, status }: MessageQuery): void {
  if (recipient !== null && globalMessageId !== null) {
    candidates.and('m.id = ?::uuid', globalRowId(globalMessageId.toLowerCase(), recipient));
  } else if (recipient !== null) {
    candidates.and('m.recipient = ?', recipient);
    if (status === 'PENDING') candidates.and(`m.status = 'PENDING'`);
  } else if (globalMessageId !== null) candidates.and('m.global_message_id = ?::uuid', globalMessageId);
  else if (topic !== null) candidates.and('m.topic = ?', topic);
}

/** Writes the condition for everything that is asked but creation, which is a range of ids. */
export function filterOf(rules: MessageStatusRules, bound: SqlConditions, query: MessageQuery): string {
  const { recipient, globalMessageId, topic, status, expiresAt, receipt, cancelReason, deliveredAt } = query;
  const all: string[] = [];
  if (recipient !== null) all.push(`m.recipient = ${bound.bind(recipient)}`);
  if (globalMessageId !== null) all.push(`m.global_message_id = ${bound.bind(globalMessageId)}::uuid`);
  if (topic !== null) all.push(`m.topic = ${bound.bind(topic)}`);
  if (status !== null) all.push(statusIs(rules, status));
  if (expiresAt !== null) all.push(timeIn(bound, 'm.expires_at', expiresAt));
  if (receipt !== undefined) all.push(`m.receipt = ${bound.bind(receipt)}::"ReceiptKind"`);
  if (cancelReason === 'RECALLED') all.push(`m.cancel_reason = 'RECALLED'`);
  if (cancelReason === 'EXPIRED') all.push(`(m.cancel_reason = 'EXPIRED' OR ${rules.expired})`);
  if (deliveredAt !== undefined) all.push(timeIn(bound, 'm.delivered_at', deliveredAt));
  return all.length === 0 ? 'true' : all.join(' AND ');
}

/** Writes the condition that a row is answered with this status. */
export function statusIs(rules: MessageStatusRules, status: NonNullable<MessageQuery['status']>): string {
  if (status === 'PENDING') return rules.pending;
  return status === 'DELIVERED' ? `m.status = 'DELIVERED'` : `(m.status = 'CANCELLED' OR ${rules.expired})`;
}

/** Selects the rows of a tenant behind `after` that were created in the range, which is a range of ids. */
export function rowsCreatedIn(tenantId: string, after: string | null, createdAt: TimeRange | null): SqlConditions {
  const conditions = new SqlConditions().and('m.tenant_id = ?::uuid', tenantId);
  if (after !== null) conditions.and('m.id < ?::uuid', after);
  if (createdAt?.from) conditions.and('m.id >= ?::uuid', firstIdAt(createdAt.from.getTime()));
  if (createdAt?.to) conditions.and('m.id <= ?::uuid', lastIdAt(createdAt.to.getTime()));
  return conditions;
}

/**
 * Selects the rows of a tenant behind `after` that may match by their ids: no receipt comes before its
 * message.
 */
export function rowsAskedFor(tenantId: string, after: string | null, { createdAt, deliveredAt }: MessageQuery): SqlConditions {
  const conditions = rowsCreatedIn(tenantId, after, createdAt);
  if (deliveredAt?.to) conditions.and('m.id <= ?::uuid', lastIdAt(deliveredAt.to.getTime()));
  return conditions;
}

export function timeIn(bound: SqlConditions, column: string, { from, to }: TimeRange): string {
  const all = [`${column} IS NOT NULL`];
  if (from) all.push(`${column} >= ${bound.bind(from)}::timestamptz`);
  if (to) all.push(`${column} <= ${bound.bind(to)}::timestamptz`);
  return all.join(' AND ');
}
