import { LIMITS } from '../domain/limits.js';
import type { CancelReason, MessageStatus, ReceiptKind } from '../domain/message.js';
import { parseOptionalLabel } from '../domain/text.js';
import type { MessageQuery } from '../ports/stores/query-store.js';
import { parseTimeRange, type TimeRangeInput } from './time-range.js';
import { parseUuid } from './uuid.js';

export interface MessagesFilterInput {
  recipient?: string | null;
  globalMessageId?: string | null;
  topic?: string | null;
  status?: MessageStatus | null;
  createdAt?: TimeRangeInput | null;
  expiresAt?: TimeRangeInput | null;
  receipt?: ReceiptKind | null;
  cancelReason?: CancelReason | null;
  deliveredAt?: TimeRangeInput | null;
}

/**
 * Parses a filter. Options that are younger than page tokens are undefined where they are not given: see
 * PageScope.
 * @throws TidingsError BAD_USER_INPUT
 */
export const parseMessagesFilter = (filter: MessagesFilterInput): MessageQuery => ({
  recipient: parseOptionalLabel('filter.recipient', filter.recipient, LIMITS.recipientChars),
  globalMessageId: filter.globalMessageId == null ? null : parseUuid('filter.globalMessageId', filter.globalMessageId),
  topic: parseOptionalLabel('filter.topic', filter.topic, LIMITS.topicChars),
  status: filter.status ?? null,
  createdAt: parseTimeRange('filter.createdAt', filter.createdAt),
  expiresAt: parseTimeRange('filter.expiresAt', filter.expiresAt),
  receipt: filter.receipt ?? undefined,
  cancelReason: filter.cancelReason ?? undefined,
  deliveredAt: parseTimeRange('filter.deliveredAt', filter.deliveredAt) ?? undefined,
});

/** Tells whether the filter names a global message by an id that is none: it matches nothing. */
export const matchesNothing = (filter: MessagesFilterInput, parsed: MessageQuery): boolean =>
  filter.globalMessageId != null && parsed.globalMessageId === null;
