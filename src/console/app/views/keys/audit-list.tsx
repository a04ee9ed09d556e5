import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ShortId } from '../../components/copy.js';
import { Facts } from '../../components/facts.js';
import { AskAnew } from '../../components/lists/ask-anew.js';
import { FilterBar, Select, TextFilter } from '../../components/lists/filter-bar.js';
import { PagedList } from '../../components/lists/paged-list.js';
import { TimeFilter } from '../../components/lists/time-filter.js';
import { Empty } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import type { Options } from '../../data/view-url.js';
import { KNOWN_OPERATIONS, operationWords, whoseKey } from '../../words/key-words.js';
import { timeRangeOf } from '../../words/span-of-time.js';
import { AUDIT, type AuditRow } from './audit-question.js';

const CHOICES = [['', 'any'] as const, ...KNOWN_OPERATIONS];

/** Lists what was done with the tenant's keys, newest first. */
export function AuditList() {
  const [options, change] = useOptions();
  const [round, setRound] = useState(0);
  const list = useAudit(options, round);
  const { deed = '', about = '', time = '' } = options;
  const active = [deed, about, time].filter((value) => value !== '').length;
  const items = list.data?.pages.flatMap(({ auditLog }) => auditLog.items) ?? [];
  return (
    <section className="part" aria-labelledby="audit-head">
      <div className="part-head">
        <h2 id="audit-head">Who did what</h2>
      </div>
      <div className="list-tools">
        <FilterBar active={active} onClear={() => change({ deed: '', about: '', time: '', from: '', to: '' })}>
          <Select label="What" value={deed} choices={CHOICES} onChoose={(value) => change({ deed: value })} />
          <TimeFilter options={options} onChange={change} />
          <TextFilter label="About the recipient" value={about} onChange={(text) => change({ about: text.trim() })} />
        </FilterBar>
        <AskAnew onAsk={() => setRound(round + 1)} />
      </div>
      <PagedList list={list} isEmpty={items.length === 0} empty={<Nothing filtered={active > 0} />}>
        <ul className="rows">
          {items.map((row) => (
            <AuditItem key={row.id} row={row} />
          ))}
        </ul>
      </PagedList>
    </section>
  );
}

function useAudit(options: Options, round: number) {
  const { ask } = useSession();
  const { deed = '', about = '', time = '', from = '', to = '' } = options;
  const filter = useMemo(() => {
    const at = timeRangeOf({ time, from, to }, Date.now());
    return {
      ...(deed === '' ? {} : { operation: deed }),
      ...(about === '' ? {} : { recipient: about }),
      ...(at === undefined ? {} : { at }),
    };
  }, [deed, about, time, from, to, round]);
  return useInfiniteQuery({
    queryKey: ['audit', filter, round],
    queryFn: ({ pageParam, signal }) => ask(AUDIT, { filter, nextToken: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ auditLog }) => auditLog.nextToken,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

const OUTCOMES: Readonly<Record<AuditRow['outcome'], string>> = {
  DONE: 'Done',
  REFUSED: 'Refused',
  FAILED: 'Failed',
  UNKNOWN: 'Not known',
};

const AuditItem = ({ row }: { row: AuditRow }) => (
  <li className="row fold-row">
    <details>
      <summary>
        <span className="fold-what">
          {operationWords(row.operation)}
          {row.outcome !== 'DONE' && <span className={`outcome outcome-${row.outcome}`}> · {OUTCOMES[row.outcome]}</span>}
        </span>
        <span className="dim">
          by <bdi>{whoseKey(row)}</bdi>
        </span>
        <span className="fold-time">
          <Time at={row.at} />
        </span>
      </summary>
      <Facts
        facts={[
          ['Operation', <code key="operation">{row.operation}</code>],
          ['Touched', row.subject],
          ['Key', row.keyPrefix === null ? null : `${row.keyPrefix}…`],
          ['Address', row.address],
          ['Why not', row.code],
          ['Request', row.requestId === null ? null : <ShortId key="request" id={row.requestId} what="request's number" />],
        ]}
      />
    </details>
  </li>
);

const Nothing = ({ filtered }: { filtered: boolean }) => (
  <Empty title={filtered ? 'Nothing matches' : 'Nothing was done yet'}>
    <p>{filtered ? 'Take one of the filters away.' : 'Recalls, ended keys, erased recipients and the like appear here.'}</p>
  </Empty>
);
