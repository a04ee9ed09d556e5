import type { Message } from '../core/domain/message.js';
import { idMillis } from './database/uuid-ranges.js';

/**
 * Judges the status of messages as they are answered: in SQL by expressions, in memory by `asAnswered`.
 *
 * Expiry is judged here and nowhere else: a row that is stored as PENDING is answered as CANCELLED
 * from its expiry on. The expressions are about a row `m` of `messages`. Whether a receipt came in
 * time: `settlement/in-time.ts`.
 */
export class MessageStatusRules {
  /** Gives the time at which the row expires if nothing settles it before. */
  readonly expiry: string;
  /** True for a row that is answered as PENDING: it is stored so, and its time has not passed. */
  readonly pending: string;
  /** True for a row that some client may have: neither cancelled nor past its expiry. */
  readonly sendable: string;
  /** True for a row that is stored as PENDING although its time has passed. */
  readonly expired: string;

  /** @param retentionMs milliseconds after which a row without `expiresAt` expires */
  constructor(readonly retentionMs: number) {
    this.expiry = `coalesce(m.expires_at, m.created_at + interval '${Math.floor(retentionMs)} milliseconds')`;
    this.pending = `(m.status = 'PENDING' AND ${this.expiry} > statement_timestamp())`;
    this.sendable = `(m.status <> 'CANCELLED' AND ${this.expiry} > statement_timestamp())`;
    this.expired = `(m.status = 'PENDING' AND ${this.expiry} <= statement_timestamp())`;
  }

  /** Builds the message as it is answered, from a row with the columns that `columns` names and its text. */
  asAnswered(row: MessageRow): Message {
    const createdAt = new Date(idMillis(row.id));
    const expired = row.status === 'PENDING' && row.expired;
    return {
      id: row.id,
      recipient: row.recipient,
      message: row.message ?? '',
      topic: row.topic,
      status: expired ? 'CANCELLED' : row.status,
      receipt: row.receipt,
      cancelReason: expired ? 'EXPIRED' : row.cancel_reason,
      expiresAt: row.expires_at,
      createdAt,
      deliveredAt: row.delivered_at,
      cancelledAt: expired ? (row.expires_at ?? new Date(createdAt.getTime() + this.retentionMs)) : row.cancelled_at,
      globalMessageId: row.global_message_id,
      deliveredTo: row.receipt_connection_id === null ? null : { connectionId: row.receipt_connection_id },
    };
  }

  /** Lists the columns of a MessageRow but its text, of row `m`. */
  get columns(): string {
    return `m.id, m.recipient, m.topic, m.status, m.receipt, m.cancel_reason,
      m.expires_at, m.delivered_at, m.cancelled_at, m.global_message_id, m.receipt_connection_id, ${this.expired} AS expired`;
  }
}

/**
 * Gives the text of row `m`; the text of a global message stands with the global.
 *
 * It is a subquery, so that the text is read only for rows that are answered.
 */
export const TEXT = `coalesce(m.message,
  (SELECT g.message FROM global_messages g WHERE g.tenant_id = m.tenant_id AND g.id = m.global_message_id))`;

export interface MessageRow {
  id: string;
  recipient: string;
  message: string | null;
  topic: string | null;
  status: Message['status'];
  receipt: Message['receipt'];
  cancel_reason: Message['cancelReason'];
  expires_at: Date | null;
  delivered_at: Date | null;
  cancelled_at: Date | null;
  global_message_id: string | null;
  receipt_connection_id: string | null;
  /** True if it is stored as PENDING although its time has passed, by the database's clock. */
  expired: boolean;
}
