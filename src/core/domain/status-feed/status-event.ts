import type { CancelReason, ReceiptKind } from '../message.js';

/**
 * OVERDUE: it was still pending so long after its push. LATE_RECEIPT: a receipt came after RECALLED or
 * EXPIRED, so the client has it.
 */
export type StatusEventType = 'DELIVERED' | 'RECALLED' | 'EXPIRED' | 'OVERDUE' | 'LATE_RECEIPT';

/** What became of a message, as it was told at that moment. See docs/design/status-feed.md. */
export interface StatusEvent {
  /** Names the event, and the position behind it. */
  readonly id: string;
  readonly type: StatusEventType;
  readonly at: Date;
  readonly messageId: string;
  readonly recipient: string;
  readonly topic: string | null;
  readonly globalMessageId: string | null;
  readonly receipt: ReceiptKind | null;
  readonly cancelReason: CancelReason | null;
}
