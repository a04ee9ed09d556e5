import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Loading, Problem } from '../states.js';
import { More } from './more.js';

interface PagedListProps {
  /** How it was asked for. */
  list: UseInfiniteQueryResult;
  /** No row has come. */
  isEmpty: boolean;
  /** Says that there is nothing. */
  empty: ReactNode;
  /** The rows. */
  children: ReactNode;
}

/** Shows a list that is asked for page by page, in each of its states. */
export function PagedList({ list, isEmpty, empty, children }: PagedListProps) {
  if (list.isPending) return <Loading trouble={list.failureReason} />;
  if (list.isLoadingError) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  return (
    <>
      {!isEmpty && children}
      {isEmpty && !list.hasNextPage && empty}
      <More
        hasMore={list.hasNextPage}
        loading={list.isFetchingNextPage}
        error={list.error}
        onMore={() => void list.fetchNextPage()}
      />
    </>
  );
}
