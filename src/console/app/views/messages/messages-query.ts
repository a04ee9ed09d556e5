import type { Ask } from '../../data/api-client.js';
import { MESSAGES, type MessagesFilter, type MessagesPage, PAGE } from './messages-question.js';

/** How pages of messages are asked for, newest first, and kept. @param round another one begins anew */
export const messagesQuery = (ask: Ask, filter: MessagesFilter, round = 0) => ({
  queryKey: ['messages', filter, round],
  queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
    ask(MESSAGES, { filter, limit: PAGE, nextToken: pageParam }, signal),
  initialPageParam: null as string | null,
  getNextPageParam: ({ messages }: MessagesPage) => messages.nextToken,
  staleTime: Number.POSITIVE_INFINITY,
});
