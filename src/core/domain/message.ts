import type { ClientFacts, ConnectionProtocol } from './activity.js';

export type MessageStatus = 'PENDING' | 'DELIVERED' | 'CANCELLED';
/** PONG: the client's WebSocket stack received the frame. ACK: the application confirmed it. */
export type ReceiptKind = 'PONG' | 'ACK';
export type CancelReason = 'RECALLED' | 'EXPIRED';

/** Text for one recipient. `status` is that of the answer: PENDING past its expiry is CANCELLED. */
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
  /**
   * The connection whose receipt `deliveredAt` tells of; facts about it are added where they are asked for.
   */
  deliveredTo: DeliveredTo | null;
}

interface DeliveredTo extends Partial<ClientFacts> {
  readonly connectionId: string;
  readonly since?: Date;
  readonly topic?: string | null;
  readonly protocol?: ConnectionProtocol | null;
}

/** Numbers of messages by their status as answered. */
export interface MessageCounts {
  pending: number;
  delivered: number;
  cancelled: number;
  /** False if not all rows were examined: then each number is a lower bound. */
  exact: boolean;
}

/** Text for all recipients of a tenant. */
export interface GlobalMessage {
  id: string;
  message: string;
  topic: string | null;
  expiresAt: Date | null;
  createdAt: Date;
  cancelledAt: Date | null;
}
