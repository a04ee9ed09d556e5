import type { MessageCounts } from '../domain/message.js';
import type { QueryStore } from '../ports/stores/query-store.js';
import { type MessagesFilterInput, matchesNothing, parseMessagesFilter } from './messages.js';

const NONE: MessageCounts = { pending: 0, delivered: 0, cancelled: 0, exact: true };

/** Counts a tenant's messages by their status as answered. */
export const messageCounts =
  ({ store }: { store: Pick<QueryStore, 'countMessages'> }) =>
  async (tenantId: string, { filter }: { filter?: MessagesFilterInput | null }): Promise<MessageCounts> => {
    const given = filter ?? {};
    const query = parseMessagesFilter(given);
    return matchesNothing(given, query) ? NONE : store.countMessages(tenantId, query);
  };
