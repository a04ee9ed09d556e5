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
