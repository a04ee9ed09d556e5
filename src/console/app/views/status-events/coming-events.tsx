import { Button } from '../../components/button.js';
import { Empty, Problem } from '../../components/states.js';
import { counted } from '../../words/time-words.js';
import { EventPages } from './event-rows.js';
import type { EventsProps } from './kept-events.js';
import { MOST_COMING, useComingEvents } from './use-coming-events.js';

/** Lists events that become known while the page is looked at. What comes stands behind what is read. */
export function ComingEvents({ options, round, onRenew }: EventsProps) {
  const { pages, rows, error } = useComingEvents(options, round);
  return (
    <>
      {rows > 0 && <EventPages pages={pages} hidesName={(options.recipient ?? '') !== ''} />}
      {error && <Problem error={error} onRetry={onRenew} />}
      {rows === 0 && !error && (
        <Empty title="Nothing came yet">
          <p>What becomes known from now on is shown here at once.</p>
        </Empty>
      )}
      {rows >= MOST_COMING && (
        <div className="more">
          <p className="dim">{counted(MOST_COMING, 'event')} came, and no more are shown.</p>
          <Button onClick={onRenew}>Begin anew</Button>
        </div>
      )}
      <p role="status" className="unseen">
        {rows > 0 && counted(rows, 'new event')}
      </p>
    </>
  );
}
