import type { Message } from '../core/domain/message.js';
import { idMillis } from './database/uuid-ranges.js';

/** Expiry is judged here and nowhere else: in SQL by these expressions, in memory by `asAnswered`. */
export class MessageStatusRules {
  /** When a row `m` expires if nothing settles it before. */
  readonly expiry: string;
  /** Row `m` is PENDING as answered. */
  readonly pending: string;
  /** Row `m` is PENDING as answered, or DELIVERED and would be. */
  readonly sendable: string;
  /** Row `m` is stored as PENDING, but its time has passed. */
  readonly expired: string;

  constructor(readonly retentionMs: number) {
    this.expiry = `coalesce(m.expires_at, m.created_at + interval '${Math.floor(retentionMs)} milliseconds')`;
    this.pending = `(m.status = 'PENDING' AND ${this.expiry} > statement_timestamp())`;
    this.sendable = `(m.status <> 'CANCELLED' AND ${this.expiry} > statement_timestamp())`;
    this.expired = `(m.status = 'PENDING' AND ${this.expiry} <= statement_timestamp())`;
  }

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
    };
  }

  /** Columns of a MessageRow, of row `m`, but its text. */
  get columns(): string {
    return `m.id, m.recipient, m.topic, m.status, m.receipt, m.cancel_reason,
      m.expires_at, m.delivered_at, m.cancelled_at, m.global_message_id, ${this.expired} AS expired`;
  }
}

/** The text of row `m`: a global message's stands with the global. A subquery, so that it is read for what is answered only. */
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
  /** PENDING, and its time has passed by the database's clock. */
  expired: boolean;
}
