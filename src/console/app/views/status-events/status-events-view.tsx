import { useState } from 'react';
import { AskAnew } from '../../components/lists/ask-anew.js';
import { useRowKeys } from '../../components/lists/use-row-keys.js';
import { PageHead } from '../../components/page-head.js';
import { Loading, Problem } from '../../components/states.js';
import { useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { ComingEvents } from './coming-events.js';
import { EventFilters } from './event-filters.js';
import { FeedIsOff, FeedTools } from './feed-tools.js';
import { KeptEvents } from './kept-events.js';
import { STATUS_FEED } from './status-events-question.js';

/** Shows what became of messages, in the order in which it became known. */
export function StatusEventsView() {
  const { may } = useSession();
  const mayKnow = may('query', 'statusFeed');
  const { data, error, failureReason, refetch } = useQuestion(STATUS_FEED, {}, { enabled: mayKnow });
  const feed = data?.statusFeed;
  return (
    <div className="one-column">
      <PageHead title="Status events" tab="Status events" note={feed?.enabled ? noteOf(feed) : undefined}>
        {feed?.enabled && <FeedTools feed={feed} />}
      </PageHead>
      {mayKnow && !feed && !error && <Loading trouble={failureReason} />}
      {mayKnow && !feed && error && <Problem error={error} onRetry={() => void refetch()} />}
      {feed && !feed.enabled && <FeedIsOff />}
      {(feed?.enabled || !mayKnow) && <EventList />}
    </div>
  );
}

const noteOf = ({ globals }: { globals: boolean }): string =>
  `What became of messages, as it became known, the oldest first. Messages to everybody are ${globals ? 'included' : 'left out'}.`;

function EventList() {
  const [options, change] = useOptions();
  const [round, setRound] = useState(0);
  const renew = () => setRound(round + 1);
  useRowKeys();
  const Events = options.which === 'coming' ? ComingEvents : KeptEvents;
  return (
    <>
      <div className="list-tools">
        <EventFilters options={options} onChange={change} />
        <AskAnew onAsk={renew} />
      </div>
      <Events options={options} round={round} onRenew={renew} />
    </>
  );
}
