import { LIMITS } from '../../domain/limits.js';
import type { Message } from '../../domain/message.js';
import type { StatusEvent, StatusEventType } from '../../domain/status-feed/status-event.js';
import { parseOptionalLabel, requireCleanText } from '../../domain/text.js';
import type { ActivityStore } from '../../ports/stores/activity-store.js';
import type { StatusEventPage, StatusEventQuery, StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';
import { parsePageLimit } from '../../validation/page-limit.js';
import { withDeliveredTo } from '../presence/delivered-to.js';
import { requireFeed } from './require-feed.js';

export interface StatusEventsFilterInput {
  types?: readonly StatusEventType[] | null;
  recipient?: string | null;
  topic?: string | null;
  globalMessageId?: string | null;
  globals?: boolean | null;
}

interface StatusEventsInput {
  filter?: StatusEventsFilterInput | null;
  after?: string | null;
  limit?: number | null;
}

/** An event with its message, where that is asked for: as it is now, null if it is gone. */
export interface ToldEvent extends StatusEvent {
  readonly message: Message | null;
}

interface ToldEvents {
  items: ToldEvent[];
  next: string;
  more: boolean;
}

/** What is asked for beside the facts of the events. */
export interface EventDetails {
  readonly messages: boolean;
  /** Facts about the connections that messages were delivered to. */
  readonly connections: boolean;
}

const NO_DETAILS: EventDetails = { messages: false, connections: false };

/** @throws TidingsError BAD_USER_INPUT */
export const parseStatusEventsFilter = (filter: StatusEventsFilterInput): StatusEventQuery => ({
  types: filter.types == null ? null : [...new Set(filter.types)],
  recipient: parseOptionalLabel('filter.recipient', filter.recipient, LIMITS.recipientChars),
  topic: parseOptionalLabel('filter.topic', filter.topic, LIMITS.topicChars),
  // One that is malformed matches nothing, as it does in the store.
  globalMessageId:
    filter.globalMessageId == null ? null : requireCleanText('filter.globalMessageId', filter.globalMessageId).toLowerCase(),
  globals: filter.globals ?? null,
});

interface StatusEventsDeps {
  store: StatusFeedStore & Pick<ActivityStore, 'connectionFacts'>;
}

/** Reads a page of a tenant's status events, in the order of the feed. */
export const statusEvents =
  ({ store }: StatusEventsDeps) =>
  async (
    tenantId: string,
    { filter, after, limit }: StatusEventsInput,
    fits: (items: readonly unknown[]) => number = (items) => items.length,
    details: EventDetails = NO_DETAILS,
  ): Promise<ToldEvents> => {
    const query = parseStatusEventsFilter(filter ?? {});
    const pageLimit = parsePageLimit('limit', limit);
    if (after != null) requireCleanText('after', after);
    await requireFeed(store, tenantId);
    const page = await store.readStatusEvents(tenantId, query, after ?? null, pageLimit);
    const items = details.messages
      ? await withMessages(store, tenantId, page.items, details.connections)
      : page.items.map((event) => ({ ...event, message: null }));
    return cut(page, items, fits(items));
  };

/** Ends the page where the answer is full. What does not fit begins the next page. */
function cut(page: StatusEventPage, items: readonly ToldEvent[], count: number): ToldEvents {
  if (count === page.items.length) return { items: [...items], next: page.next, more: page.more };
  const fitting = items.slice(0, count);
  return { items: fitting, next: fitting.at(-1)?.id ?? page.from, more: true };
}

/** Adds messages to as many events, from the first on, as their texts have room for. */
async function withMessages(
  store: StatusEventsDeps['store'],
  tenantId: string,
  events: readonly StatusEvent[],
  connections: boolean,
): Promise<ToldEvent[]> {
  const { messages, complete } = await store.messagesOfEvents(tenantId, events);
  const found = [...messages.values()];
  const told = connections ? await withDeliveredTo(store, tenantId, found) : found;
  const byId = new Map(told.map((message) => [message.id, message]));
  return events.slice(0, complete).map((event) => ({ ...event, message: byId.get(event.messageId) ?? null }));
}
