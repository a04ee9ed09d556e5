import type { CancelReason, GlobalMessage, Message, MessageCounts, MessageStatus, ReceiptKind } from '../../domain/message.js';

/** Range that includes both ends; null leaves an end open. */
export interface TimeRange {
  from: Date | null;
  to: Date | null;
}

export interface MessageQuery {
  recipient: string | null;
  globalMessageId: string | null;
  topic: string | null;
  status: MessageStatus | null;
  createdAt: TimeRange | null;
  expiresAt: TimeRange | null;
  receipt: ReceiptKind | undefined;
  /** As answered: expiry that is not written down yet included. */
  cancelReason: CancelReason | undefined;
  deliveredAt: TimeRange | undefined;
}

export interface GlobalMessageQuery {
  topic: string | null;
  createdAt: TimeRange | null;
  expiresAt: TimeRange | null;
}

export interface Page<T> {
  items: T[];
  /** Id after which the next page begins; null at the end. */
  next: string | null;
}

export interface QueryStore {
  findMessage(tenantId: string, id: string): Promise<Message | null>;
  /**
   * Lists the newest message first, by id. Examined rows and bytes of text are bounded, so a page may be
   * short or empty and still have a `next`.
   * @param after id of the last row that the page before examined
   * @param limit 1 to 1,000
   * @param textBytes ends the page before a text that begins behind so many bytes of others; at most, and by default, 8 MiB
   */
  listMessages(
    tenantId: string,
    query: MessageQuery,
    after: string | null,
    limit: number,
    textBytes?: number | undefined,
  ): Promise<Page<Message>>;
  listGlobalMessages(
    tenantId: string,
    query: GlobalMessageQuery,
    after: string | null,
    limit: number,
  ): Promise<Page<GlobalMessage>>;
  /** Counts messages by their status as answered. At most 100,000 rows are examined. */
  countMessages(tenantId: string, query: MessageQuery): Promise<MessageCounts>;
  /** Counts the rows of global messages, each as `countMessages` does, by the id of the global. */
  countGlobalRows(tenantId: string, ids: readonly string[]): Promise<Map<string, MessageCounts>>;
}
