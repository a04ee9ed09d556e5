import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.js';
import { More } from '../../components/lists/more.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { TimeLineList } from '../../components/time-line-list.js';
import { useSession } from '../../data/key-session.js';
import { pointOf } from '../message/time-line.js';
import { ACTIVITY } from './recipient-question.js';

const PAGE = 50;

/** Tells what the recipient did lately, newest first. */
export function Happenings({ name }: { name: string }) {
  const { ask } = useSession();
  const list = useInfiniteQuery({
    queryKey: ['activity', name],
    queryFn: ({ pageParam, signal }) => ask(ACTIVITY, { name, limit: PAGE, nextToken: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ recipient }) => recipient?.activity?.nextToken ?? null,
  });
  if (list.isPending) return <Loading trouble={list.failureReason} />;
  if (list.isLoadingError) return <Problem error={list.error} onRetry={() => void list.refetch()} />;
  const entries = list.data.pages.flatMap(({ recipient }) => recipient?.activity?.items ?? []);
  if (entries.length === 0) {
    return (
      <Empty title="Nothing is known">
        <p>Nobody came under this name lately, or too long ago to be kept. A try with a forged token names nobody.</p>
      </Empty>
    );
  }
  return (
    <>
      <TimeLineList points={entries.map(pointOf)} folded={false} />
      <More
        hasMore={list.hasNextPage}
        loading={list.isFetchingNextPage}
        error={list.error}
        onMore={() => void list.fetchNextPage()}
      />
      <p>
        <Button icon="renew" look="quiet" onClick={() => void list.refetch()}>
          Ask anew
        </Button>
      </p>
    </>
  );
}
