export type MessageStatus = 'PENDING' | 'DELIVERED' | 'CANCELLED';
/** PONG: the client's WebSocket stack has the frame. ACK: the application said so. */
export type ReceiptKind = 'PONG' | 'ACK';
export type CancelReason = 'RECALLED' | 'EXPIRED';

/** One text for one recipient, with its status as answered: expiry is counted in. */
export interface Message {
  id: string;
  recipient: string;
  message: string;
  topic: string | null;
  status: MessageStatus;
  receipt: ReceiptKind | null;
  cancelReason: CancelReason | null;
  expiresAt: Date | null;
  createdAt: Date;
  deliveredAt: Date | null;
  cancelledAt: Date | null;
  globalMessageId: string | null;
}

/** One text for all recipients of a tenant. */
export interface GlobalMessage {
  id: string;
  message: string;
  topic: string | null;
  expiresAt: Date | null;
  createdAt: Date;
  cancelledAt: Date | null;
}

/**
 * What goes to a client. For a message `id` names its row; for a global message it names the global, the same for everybody, and
 * the row of each recipient has the id that `globalRowId` gives. Times are milliseconds since 1970 by the database's clock.
 */
export interface OutgoingMessage {
  readonly id: string;
  readonly message: string;
  readonly topic: string | null;
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly globalMessageId: string | null;
}
