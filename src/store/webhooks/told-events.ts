import type { CancelReason, ReceiptKind } from '../../core/domain/message.js';
import { eventId } from '../../core/domain/status-feed/event-position.js';
import type { StatusEventType } from '../../core/domain/status-feed/status-event.js';
import type { ToldEvent } from '../../core/domain/webhook/webhook-body.js';
import { idMillis } from '../database/uuid-ranges.js';

/**
 * Columns that say all that a body says of an event `e`, with its message `m` and global message `g`.
 * @param withText SQL that tells whether the text is among them
 */
export const toldColumns = (withText: string): string => `
  (SELECT epoch FROM status_feed_state) AS epoch, e.number::text AS number, e.type, e.at, e.message_id, e.recipient, e.topic,
  e.global_message_id, e.receipt, e.cancel_reason, m.created_at, m.expires_at, m.cancelled_at,
  CASE WHEN ${withText} THEN coalesce(m.message, g.message) END AS message`;

/** Joins the message of an event `e`, which may be gone. */
export const WITH_MESSAGE = `
  LEFT JOIN messages m ON m.tenant_id = e.tenant_id AND m.id = e.message_id
  LEFT JOIN global_messages g ON g.tenant_id = e.tenant_id AND g.id = e.global_message_id`;

export interface ToldRow {
  epoch: number;
  number: string;
  type: StatusEventType;
  at: Date;
  message_id: string;
  recipient: string;
  topic: string | null;
  global_message_id: string | null;
  receipt: ReceiptKind | null;
  cancel_reason: CancelReason | null;
  created_at: Date | null;
  expires_at: Date | null;
  cancelled_at: Date | null;
  message: string | null;
}

export function toldOf(tenantId: string, row: ToldRow): ToldEvent & { number: number } {
  const number = Number(row.number);
  return {
    number,
    event: {
      id: eventId(tenantId, { epoch: row.epoch, number }),
      type: row.type,
      at: row.at,
      messageId: row.message_id,
      recipient: row.recipient,
      topic: row.topic,
      globalMessageId: row.global_message_id,
      receipt: row.receipt,
      cancelReason: row.cancel_reason,
    },
    facts: {
      // The id of a message that is gone still tells when it was made.
      createdAt: row.created_at ?? new Date(idMillis(row.message_id)),
      expiresAt: row.expires_at,
      cancelledAt: row.cancelled_at,
      message: row.message,
    },
  };
}
