import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { AskAnew } from '../../components/lists/ask-anew.js';
import { FilterBar, TextFilter } from '../../components/lists/filter-bar.js';
import { PagedList } from '../../components/lists/paged-list.js';
import { TimeFilter } from '../../components/lists/time-filter.js';
import { useRowKeys } from '../../components/lists/use-row-keys.js';
import { PageHead } from '../../components/page-head.js';
import { Empty } from '../../components/states.js';
import { useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { timeRangeOf } from '../../words/span-of-time.js';
import { GlobalItem } from './global-item.js';
import { GLOBALS, PAGE } from './globals-question.js';

/** Shows messages to everybody, with what became of each. */
export function GlobalsView() {
  const [options, change] = useOptions();
  const [round, setRound] = useState(0);
  const list = useGlobals(options, round);
  useRowKeys();
  const { topic = '', time = '' } = options;
  const active = [topic, time].filter((value) => value !== '').length;
  const clear = () => change({ topic: '', time: '', from: '', to: '' });
  const items = list.data?.pages.flatMap(({ globalMessages }) => globalMessages.items) ?? [];
  return (
    <div className="one-column">
      <PageHead title="Messages to everybody" tab="Globals" />
      <div className="list-tools">
        <FilterBar active={active} onClear={clear}>
          <TimeFilter options={options} onChange={change} />
          <TextFilter label="Topic" value={topic} onChange={(text) => change({ topic: text })} />
        </FilterBar>
        <AskAnew onAsk={() => setRound(round + 1)} />
      </div>
      <PagedList list={list} isEmpty={items.length === 0} empty={<NoGlobals filtered={active > 0} />}>
        <ul className="globals">
          {items.map((item) => (
            <GlobalItem key={item.id} item={item} onRecalled={() => setRound(round + 1)} />
          ))}
        </ul>
      </PagedList>
    </div>
  );
}

function useGlobals(options: Options, round: number) {
  const { ask } = useSession();
  const { topic = '', time = '', from = '', to = '' } = options;
  const filter = useMemo(() => {
    const createdAt = timeRangeOf({ time, from, to }, Date.now());
    return { ...(topic === '' ? {} : { topic }), ...(createdAt === undefined ? {} : { createdAt }) };
  }, [topic, time, from, to, round]);
  return useInfiniteQuery({
    queryKey: ['globals', filter, round],
    queryFn: ({ pageParam, signal }) => ask(GLOBALS, { filter, limit: PAGE, nextToken: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ globalMessages }) => globalMessages.nextToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const NoGlobals = ({ filtered }: { filtered: boolean }) => (
  <Empty title={filtered ? 'Nothing matches' : 'No messages to everybody yet'}>
    <p>
      {filtered
        ? 'Take one of the filters away.'
        : 'What your backend pushes to all recipients appears here, with whom it has reached.'}
    </p>
  </Empty>
);
