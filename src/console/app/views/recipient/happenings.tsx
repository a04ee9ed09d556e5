import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from '../../components/button.js';
import { PagedList } from '../../components/lists/paged-list.js';
import { Empty } from '../../components/states.js';
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
  const entries = list.data?.pages.flatMap(({ recipient }) => recipient?.activity?.items ?? []) ?? [];
  return (
    <>
      <PagedList list={list} isEmpty={entries.length === 0} empty={<Nothing />}>
        <TimeLineList points={entries.map(pointOf)} folded={false} />
      </PagedList>
      {entries.length > 0 && (
        <p>
          <Button icon="renew" look="quiet" onClick={() => void list.refetch()}>
            Ask anew
          </Button>
        </p>
      )}
    </>
  );
}

const Nothing = () => (
  <Empty title="Nothing is known">
    <p>Nobody came under this name lately, or too long ago to be kept. A try with a forged token names nobody.</p>
  </Empty>
);
