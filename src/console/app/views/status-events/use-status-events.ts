import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { type EventRow, type EventsPage, eventsFilterOf, FILTERS, PAGE, STATUS_EVENTS } from './status-events-question.js';

/** Looks for events behind the last one after so long, in milliseconds, while the page is looked at. */
const TAIL_MS = 5_000;

interface EventList {
  pages: ReadonlyArray<readonly EventRow[]>;
  rows: number;
  loading: boolean;
  error: Error | null;
  trouble: Error | null;
  hasMore: boolean;
  loadingMore: boolean;
  /** Events that came while the list was shown. */
  added: number;
  more(): void;
}

type Pages = InfiniteData<EventsPage, string | null>;

/**
 * Lists status events from the oldest that is kept, as the feed has them: page by page, then each as it comes.
 * What comes stands behind what is read, and moves nothing.
 *
 * @param round another one begins anew
 */
export function useStatusEvents(options: Options, round: number): EventList {
  const { ask } = useSession();
  const client = useQueryClient();
  const question = FILTERS.map((name) => options[name] ?? '').join('\n');
  const filter = useMemo(() => eventsFilterOf(options), [question]);
  const queryKey = ['status events', filter, round];
  const read = (after: string | null, signal: AbortSignal) => ask(STATUS_EVENTS, { filter, after, limit: PAGE }, signal);

  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ statusEvents: { more, next } }) => (more ? next : undefined),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const known = list.data?.pages;
  const end = list.isSuccess && !list.hasNextPage ? (known?.at(-1)?.statusEvents.next ?? null) : null;
  const place = useRef(end);
  place.current = end;
  const tail = useQuery({
    queryKey: ['newer', ...queryKey],
    queryFn: async ({ signal }) => ({ after: place.current, page: await read(place.current, signal) }),
    enabled: end !== null,
    refetchInterval: TAIL_MS,
    staleTime: TAIL_MS,
  });
  const newer = tail.data;
  const [added, setAdded] = useState(0);

  useEffect(() => {
    if (!newer || newer.after !== place.current) return;
    setAdded((before) => before + newer.page.statusEvents.items.length);
    client.setQueryData<Pages>(queryKey, (data) => data && behind(data, newer.page));
  }, [newer]);

  const pages = useMemo(() => known?.map(({ statusEvents }) => statusEvents.items) ?? [], [known]);
  return {
    pages,
    rows: pages.reduce((sum, { length }) => sum + length, 0),
    loading: list.isPending,
    error: list.error,
    trouble: list.failureReason,
    hasMore: list.hasNextPage,
    loadingMore: list.isFetchingNextPage,
    added,
    more: () => void list.fetchNextPage(),
  };
}

/** Puts a page behind the others; one without events only says where to go on. */
function behind(known: Pages, { statusEvents: newer }: EventsPage): Pages {
  const { pages, pageParams } = known;
  const last = pages.at(-1)?.statusEvents;
  if (!last || last.next === newer.next) return known;
  if (newer.items.length > 0) return { pages: [...pages, { statusEvents: newer }], pageParams: [...pageParams, last.next] };
  return { pages: [...pages.slice(0, -1), { statusEvents: { ...newer, items: last.items } }], pageParams };
}
