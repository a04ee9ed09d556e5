import type { AuditNote } from '../../../domain/audit.js';
import type { Message } from '../../../domain/message.js';
import type { StatusEvent, StatusEventType } from '../../../domain/status-feed/status-event.js';
import type { Cleaned } from '../retention-store.js';

/** Whether a tenant's feed of status events is switched on, and whether rows of global messages are told of. */
export interface StatusFeed {
  readonly enabled: boolean;
  readonly globals: boolean;
}

export interface StatusFeedChange {
  readonly enabled: boolean;
  /** Null leaves it as it is. */
  readonly globals: boolean | null;
}

/** Selects events that match all that is given. Null is not given. */
export interface StatusEventQuery {
  readonly types: readonly StatusEventType[] | null;
  readonly recipient: string | null;
  readonly topic: string | null;
  readonly globalMessageId: string | null;
  /** True: only those of global messages; false: none of them. */
  readonly globals: boolean | null;
}

export interface StatusEventPage {
  readonly items: readonly StatusEvent[];
  /** Position that the page begins behind. */
  readonly from: string;
  /** Position to go on from, also of an empty page. */
  readonly next: string;
  /** False once the page reached the newest event. */
  readonly more: boolean;
}

/**
 * Keeps what became of messages, in the order in which it became known. See docs/design/status-feed.md.
 *
 * An event is written with the transaction that moves the status. It gets its number after that commit, so
 * whoever reads on from a position misses nothing; events of one message are in their order.
 */
export interface StatusFeedStore {
  statusFeed(tenantId: string): Promise<StatusFeed>;
  /**
   * Switches the feed. Each settlement whose statement begins after the answer obeys.
   * @param note written with the same commit
   */
  setStatusFeed(tenantId: string, change: StatusFeedChange, note?: AuditNote | null): Promise<StatusFeed>;
  /**
   * Reads events in their order. At most 5,000 are looked at for a page, so it may be short or empty and
   * still have more behind it. Does not ask whether the feed is on.
   * @param after position, such as an event's id; null: before the oldest that is kept
   * @param limit 1 to 1,000
   * @throws TidingsError BAD_USER_INPUT at `after` if it is no position of this tenant; POSITION_EXPIRED with
   * `oldest` if what comes behind it is not all here: forgotten, of another epoch, or beyond the newest
   */
  readStatusEvents(tenantId: string, query: StatusEventQuery, after: string | null, limit: number): Promise<StatusEventPage>;
  /** Position behind the newest event. */
  newestStatusPosition(tenantId: string): Promise<string>;
  /**
   * Finds the messages of events as they are now, by id. Those that are gone are missing.
   * @returns `complete`: how many events, from the first on, the messages are of; their texts are bounded
   */
  messagesOfEvents(
    tenantId: string,
    events: readonly StatusEvent[],
  ): Promise<{ messages: ReadonlyMap<string, Message>; complete: number }>;
  /**
   * Calls `wake` soon after events of this tenant got their numbers or its feed was switched, and now and then
   * without reason. A node looks once for all that it watches, whatever the number of watchers.
   * @returns ends it
   */
  watchStatusEvents(tenantId: string, wake: () => void): () => void;
}

/** Does the work of the feed. Any node may; one does at a time. */
export interface StatusFeedWork {
  /**
   * Gives numbers to what has come in, a bounded piece; null if another node is at it. `anyFeed` tells whether
   * some feed is on.
   */
  numberStatusEvents(): Promise<{ numbered: number; more: boolean; anyFeed: boolean } | null>;
  /** Writes OVERDUE events of messages that are still pending, a bounded piece. */
  findOverdue(): Promise<{ overdue: number; more: boolean }>;
  /** Deletes events past their retention, a bounded piece; null if another node is at it. */
  cleanUpStatusEvents(): Promise<Cleaned | null>;
}
