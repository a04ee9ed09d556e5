import { operation } from '../../data/operation.js';
import type { Options } from '../../data/view-url.js';
import type { ToldFacts } from '../../words/status-event-words.js';

/** Rows of one page. */
export const PAGE = 50;

/** What became of one message, as it was told at that moment. */
export interface EventRow extends ToldFacts {
  id: string;
  at: string;
  messageId: string;
  recipient: string;
  message: { message: string; textHidden: boolean } | null;
}

export interface EventsPage {
  statusEvents: { items: EventRow[]; next: string; more: boolean };
}

interface EventsFilter {
  types?: string[];
  recipient?: string;
  topic?: string;
  globalMessageId?: string;
  globals?: boolean;
}

interface EventsVariables {
  filter: EventsFilter;
  after: string | null;
  limit: number;
}

const EVENT = /* GraphQL */ `
  id
  type
  at
  messageId
  recipient
  receipt
  cancelReason
  message {
    message
    textHidden
  }
`;

/** One page of what became of messages, oldest first. */
export const STATUS_EVENTS = operation<EventsPage, EventsVariables>(/* GraphQL */ `
  query statusEvents($filter: StatusEventsFilter, $after: ID, $limit: Int) {
    statusEvents(filter: $filter, after: $after, limit: $limit) {
      items {
        ${EVENT}
      }
      next
      more
    }
  }
`);

/** What becomes known from now on. */
export const COMING_EVENTS = operation<EventRow, { filter: EventsFilter }>(/* GraphQL */ `
  subscription comingEvents($filter: StatusEventsFilter) {
    statusEvents(filter: $filter) {
      ${EVENT}
    }
  }
`);

export interface StatusFeed {
  enabled: boolean;
  globals: boolean;
}

/** Whether status events are recorded. */
export const STATUS_FEED = operation<{ statusFeed: StatusFeed }>(/* GraphQL */ `
  query statusFeed {
    statusFeed {
      enabled
      globals
    }
  }
`);

export const SET_STATUS_FEED = operation<{ setStatusFeed: StatusFeed }, StatusFeed>(/* GraphQL */ `
  mutation setStatusFeed($enabled: Boolean!, $globals: Boolean) {
    setStatusFeed(enabled: $enabled, globals: $globals) {
      enabled
      globals
    }
  }
`);

/** Names of the options by which the list is narrowed. */
export const FILTERS = ['type', 'recipient', 'topic', 'global', 'globals'] as const;

/** Reads what is asked from the options in the URL. */
export function eventsFilterOf({ type = '', recipient = '', topic = '', global = '', globals = '' }: Options): EventsFilter {
  return {
    ...(type === '' ? {} : { types: [type] }),
    ...(recipient === '' ? {} : { recipient }),
    ...(topic === '' ? {} : { topic }),
    ...(global === '' ? {} : { globalMessageId: global }),
    ...(globals === '' ? {} : { globals: globals === 'only' }),
  };
}
