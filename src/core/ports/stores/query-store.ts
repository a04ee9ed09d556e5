import type { GlobalMessage, Message, MessageStatus } from '../../domain/message.js';

/** A range that includes both ends; milliseconds since 1970. */
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
}

export interface GlobalMessageQuery {
  topic: string | null;
  createdAt: TimeRange | null;
  expiresAt: TimeRange | null;
}

export interface Page<T> {
  items: T[];
  /** Id to go on after, newest first; null at the end. */
  next: string | null;
}

export interface QueryStore {
  findMessage(tenantId: string, id: string): Promise<Message | null>;
  /**
   * Newest first, by id. Rows examined and bytes of text are bounded, so a page may be short or empty and still have a `next`.
   * @param after id of the last row examined by the page before
   * @param limit 1 to 1,000
   */
  listMessages(tenantId: string, query: MessageQuery, after: string | null, limit: number): Promise<Page<Message>>;
  listGlobalMessages(
    tenantId: string,
    query: GlobalMessageQuery,
    after: string | null,
    limit: number,
  ): Promise<Page<GlobalMessage>>;
}
