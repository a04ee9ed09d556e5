import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { messagesQuery } from './messages-query.js';
import { FILTERS, filterOf, type MessageRow, type MessagesPage, NEWEST, PAGE, type RowState } from './messages-question.js';

/** Looks for new messages after so long, in milliseconds, while the page is looked at. */
const POLL_MS = 10_000;

interface MessageList {
  pages: ReadonlyArray<readonly MessageRow[]>;
  rows: number;
  /** Messages that came since the list was asked for; `PAGE` stands for that many and more. */
  fresh: number;
  loading: boolean;
  error: Error | null;
  /** Why a first try failed, while another one is under way. */
  trouble: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  more(): void;
  /** Asks anew, from the top. */
  renew(): void;
}

/** Asks for messages page by page, newest first, and watches for newer ones without moving what is read. */
export function useMessages(options: Options): MessageList {
  const { ask } = useSession();
  const client = useQueryClient();
  const [round, setRound] = useState(0);
  const question = JSON.stringify(['name', ...FILTERS].map((name) => options[name] ?? ''));
  // "Last hour" is that before the question, not before each page of its answer.
  const filter = useMemo(() => filterOf(options, Date.now()), [question, round]);
  const query = messagesQuery(ask, filter, round);
  const { queryKey } = query;

  const list = useInfiniteQuery(query);
  const newest = useQuery({
    queryKey: ['newest', ...queryKey],
    queryFn: ({ signal }) => ask(NEWEST, { filter, limit: PAGE }, signal),
    enabled: list.isSuccess,
    refetchInterval: POLL_MS,
    staleTime: POLL_MS,
  });
  const known = list.data?.pages;
  const states = newest.data?.messages.items;

  useEffect(() => {
    if (!states) return;
    client.setQueryData<InfiniteData<MessagesPage, string | null>>(queryKey, (data) => data && patched(data, states));
  }, [states]);

  const pages = useMemo(() => known?.map(({ messages }) => messages.items) ?? [], [known]);
  return {
    pages,
    rows: pages.reduce((sum, { length }) => sum + length, 0),
    fresh: countFresh(pages[0]?.[0]?.id ?? '', states ?? []),
    loading: list.isPending,
    error: list.isPending || list.isLoadingError ? list.error : null,
    trouble: list.failureReason,
    hasMore: list.hasNextPage,
    loadingMore: list.isFetchingNextPage,
    more: () => void list.fetchNextPage(),
    renew: () => setRound((before) => before + 1),
  };
}

/** Ids of version 7 sort by their time. */
const countFresh = (newestKnown: string, states: readonly RowState[]): number =>
  states.filter(({ id }) => id > newestKnown).length;

/** Puts new states into rows that are shown; pages without a change stay the same object. */
function patched(data: InfiniteData<MessagesPage, string | null>, states: readonly RowState[]): typeof data {
  const byId = new Map(states.map((state) => [state.id, state]));
  const changed = (row: MessageRow): MessageRow => {
    const state = byId.get(row.id);
    const isSame =
      !state || (state.status === row.status && state.deliveredAt === row.deliveredAt && state.cancelledAt === row.cancelledAt);
    return isSame ? row : { ...row, ...state, pendingReason: null };
  };
  let any = false;
  const pages = data.pages.map((page) => {
    const items = page.messages.items.map(changed);
    if (items.every((row, i) => row === page.messages.items[i])) return page;
    any = true;
    return { messages: { ...page.messages, items } };
  });
  return any ? { ...data, pages } : data;
}
