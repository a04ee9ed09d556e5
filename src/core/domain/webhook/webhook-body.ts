import type { CancelReason, MessageStatus, ReceiptKind } from '../message.js';
import type { StatusEvent, StatusEventType } from '../status-feed/status-event.js';

/** Bytes of a batch, at most. One event may be larger by itself. */
export const MAX_BODY_BYTES = 256 * 1024;

/** What a body says of a message beside its event. */
interface TellingFacts {
  readonly createdAt: Date;
  readonly expiresAt: Date | null;
  readonly cancelledAt: Date | null;
  /** Null where the webhook gets no texts, or the message is gone. */
  readonly message: string | null;
}

export interface ToldEvent {
  readonly event: StatusEvent;
  readonly facts: TellingFacts;
}

const TYPES: Readonly<Record<StatusEventType, string>> = {
  DELIVERED: 'message.delivered',
  RECALLED: 'message.recalled',
  EXPIRED: 'message.expired',
  OVERDUE: 'message.overdue',
  LATE_RECEIPT: 'message.late_receipt',
};

interface Status {
  status: MessageStatus;
  receipt: ReceiptKind | null;
  cancelReason: CancelReason | null;
  deliveredAt: Date | null;
  cancelledAt: Date | null;
}

/** Says what the message had become by the event. What happened later is told by its own event. */
function statusBy({ type, at, receipt, cancelReason }: StatusEvent, { cancelledAt }: TellingFacts): Status {
  if (type === 'OVERDUE') return { status: 'PENDING', receipt: null, cancelReason: null, deliveredAt: null, cancelledAt: null };
  if (type === 'DELIVERED') return { status: 'DELIVERED', receipt, cancelReason: null, deliveredAt: at, cancelledAt: null };
  const isLate = type === 'LATE_RECEIPT';
  return {
    status: 'CANCELLED',
    receipt: isLate ? receipt : null,
    cancelReason,
    deliveredAt: isLate ? at : null,
    cancelledAt: isLate ? cancelledAt : at,
  };
}

function entryOf({ event, facts }: ToldEvent) {
  const { status, receipt, cancelReason, deliveredAt, cancelledAt } = statusBy(event, facts);
  const { createdAt, expiresAt, message } = facts;
  const { id, type, at, messageId, recipient, topic, globalMessageId } = event;
  return {
    ...{ id, type: TYPES[type], timestamp: at },
    data: {
      ...{ id: messageId, recipient, topic, status, receipt, cancelReason, createdAt, expiresAt, deliveredAt, cancelledAt },
      globalMessageId,
      ...(message === null ? {} : { message }),
    },
  };
}

/** Body of a request with one event, under that event's id. */
export const singleBody = (told: ToldEvent): string => JSON.stringify(entryOf(told));

/** Body of a request with several. @param at when the batch was made, in each of its attempts */
export const batchBody = (id: string, at: Date, told: readonly ToldEvent[]): string =>
  JSON.stringify({ id, type: 'message.batch', timestamp: at, data: { events: told.map(entryOf) } });

/** Bytes that an event adds to a batch, its comma included. */
export const bytesInBatch = (told: ToldEvent): number => Buffer.byteLength(singleBody(told)) + 1;

/** Bytes of a batch without events, at most. */
export const EMPTY_BATCH_BYTES = 256;

/** Body of a test. */
export const testBody = (id: string, at: Date, webhookId: string): string =>
  JSON.stringify({ id, type: 'webhook.test', timestamp: at, data: { id: webhookId } });
