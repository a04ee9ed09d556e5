import { More } from '../../components/lists/more.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { ApiFailure } from '../../data/api-failure.js';
import type { Options } from '../../data/view-url.js';
import { counted } from '../../words/time-words.js';
import { EventPages } from './event-rows.js';
import { FILTERS } from './status-events-question.js';
import { useStatusEvents } from './use-status-events.js';

export interface EventsProps {
  options: Options;
  /** Another one begins anew. */
  round: number;
  onRenew: () => void;
}

/** Lists events from the oldest that is kept, then as they come. */
export function KeptEvents({ options, round, onRenew }: EventsProps) {
  const list = useStatusEvents(options, round);
  // Where a page ended is forgotten after days: only the beginning leads on.
  const goOn = list.error instanceof ApiFailure && list.error.kind === 'gone' ? onRenew : list.more;
  const filtered = FILTERS.some((name) => (options[name] ?? '') !== '');
  return (
    <>
      {list.loading && !list.error && <Loading trouble={list.trouble} />}
      {list.loading && list.error && <Problem error={list.error} onRetry={onRenew} />}
      {list.rows > 0 && <EventPages pages={list.pages} hidesName={(options.recipient ?? '') !== ''} />}
      {!list.loading && <More hasMore={list.hasMore} loading={list.loadingMore} error={list.error} onMore={goOn} />}
      {!list.loading && !list.hasMore && !list.error && <End rows={list.rows} filtered={filtered} />}
      <p role="status" className="unseen">
        {list.added > 0 && counted(list.added, 'new event')}
      </p>
    </>
  );
}

/** Says that there is no more yet, and that more is shown as it comes. */
function End({ rows, filtered }: { rows: number; filtered: boolean }) {
  if (rows > 0) return <p className="dim list-end">That is all so far. What comes next is shown here by itself.</p>;
  return (
    <Empty title={filtered ? 'Nothing matches' : 'Nothing became known yet'}>
      <p>
        {filtered
          ? 'Take one of the filters away. What matches later is shown here by itself.'
          : 'Once a message is delivered, recalled or expires, it is shown here by itself.'}
      </p>
    </Empty>
  );
}
