import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { ShortId } from '../../components/copy.js';
import { Facts } from '../../components/facts.js';
import { AskAnew } from '../../components/lists/ask-anew.js';
import { FilterBar, Select, TextFilter } from '../../components/lists/filter-bar.js';
import { PagedList } from '../../components/lists/paged-list.js';
import { Empty } from '../../components/states.js';
import { Status } from '../../components/status.js';
import { Time } from '../../components/time.js';
import { useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { counted } from '../../words/time-words.js';
import { attemptTodo, attemptWords, hasSucceeded } from '../../words/webhook-words.js';
import { ATTEMPTS, type AttemptRow } from './attempts-question.js';
import { ReplayDialog } from './replay-dialog.js';
import { ATTEMPTS_KEY } from './use-webhooks.js';
import type { WebhookRow } from './webhooks-question.js';

const RESULTS = [
  ['', 'any'],
  ['failed', 'Failed'],
  ['taken', 'Taken'],
] as const;

/** What the filter stands for in the API. */
const FAILED: Readonly<Record<string, boolean>> = { failed: true, taken: false };

/** Shows so many events of an attempt by their ids. */
const IDS_SHOWN = 6;

interface AttemptListProps {
  webhook: WebhookRow;
  onChanged: () => void;
}

/** Lists how requests to a webhook went in the last days, newest first. */
export function AttemptList({ webhook, onChanged }: AttemptListProps) {
  const [options, change] = useOptions();
  const { result = '', event = '' } = options;
  const list = useAttempts(webhook.id, result, event);
  const items = list.data?.pages.flatMap(({ webhookAttempts }) => webhookAttempts.items) ?? [];
  const active = [result, event].filter((value) => value !== '').length;
  return (
    <>
      <div className="list-tools">
        <FilterBar active={active} onClear={() => change({ result: '', event: '' })}>
          <Select label="Result" value={result} choices={RESULTS} onChoose={(chosen) => change({ result: chosen })} />
          <TextFilter label="Id of an event" value={event} onChange={(text) => change({ event: text.trim() })} />
        </FilterBar>
        <AskAnew onAsk={onChanged} />
      </div>
      <PagedList list={list} isEmpty={items.length === 0} empty={<NoAttempts filtered={active > 0} />}>
        <ul className="rows">
          {items.map((row) => (
            <Attempt key={row.id} row={row} webhook={webhook} onChanged={onChanged} />
          ))}
        </ul>
      </PagedList>
    </>
  );
}

function useAttempts(id: string, result: string, event: string) {
  const { ask } = useSession();
  const variables = { id, eventId: event === '' ? null : event, failed: FAILED[result] ?? null };
  return useInfiniteQuery({
    queryKey: [ATTEMPTS_KEY, variables],
    queryFn: ({ pageParam, signal }) => ask(ATTEMPTS, { ...variables, nextToken: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ webhookAttempts }) => webhookAttempts.nextToken,
  });
}

function Attempt({ row, webhook, onChanged }: AttemptListProps & { row: AttemptRow }) {
  const { at, eventIds, attempt, httpStatus, durationMs, responseStart, nextAttemptAt } = row;
  const todo = attemptTodo(row);
  const { may } = useSession();
  const [sending, setSending] = useState(false);
  const [said, setSaid] = useState('');
  const tell = (words: string) => {
    setSaid(words);
    onChanged();
  };
  return (
    <li className="row fold-row attempt-row">
      <details>
        <summary>
          <span className="fold-what">
            <Status shape={hasSucceeded(row) ? 'delivered' : 'expired'} word={attemptWords(row)} />
          </span>
          <span className="dim">
            {eventIds.length === 0 ? 'A test' : counted(eventIds.length, 'event')}
            {attempt > 1 && `, attempt ${attempt}`}
          </span>
          <span className="fold-time">
            <Time at={at} />
          </span>
        </summary>
        {todo !== '' && <p className="fold-todo">{todo}</p>}
        <Facts
          facts={[
            ['Answer', httpStatus !== null && `HTTP ${httpStatus}`],
            ['Took', `${durationMs.toLocaleString('en-GB')} ms`],
            ['It answered', responseStart && <bdi>{responseStart}</bdi>],
            ['Tried again', nextAttemptAt && <Time at={nextAttemptAt} />],
            ['Events', eventIds.length > 0 && <EventIds ids={eventIds} />],
          ]}
        />
        {eventIds.length > 0 && may('mutation', 'replayWebhook') && (
          <div className="deeds">
            <Button onClick={() => setSending(true)}>Send {eventIds.length === 1 ? 'it' : 'these'} again …</Button>
            <span role="status">{said}</span>
          </div>
        )}
      </details>
      {sending && <ReplayDialog webhook={webhook} eventIds={eventIds} onClose={() => setSending(false)} onDone={tell} />}
    </li>
  );
}

const EventIds = ({ ids }: { ids: readonly string[] }) => (
  <span className="ids">
    {ids.slice(0, IDS_SHOWN).map((id) => (
      <ShortId key={id} id={id} what="event's id" />
    ))}
    {ids.length > IDS_SHOWN && <span className="dim">and {ids.length - IDS_SHOWN} more</span>}
  </span>
);

const NoAttempts = ({ filtered }: { filtered: boolean }) => (
  <Empty level={2} title={filtered ? 'Nothing matches' : 'Nothing was sent yet'}>
    <p>{filtered ? 'Take one of the filters away.' : 'Attempts of the last 7 days appear here, also those of tests.'}</p>
  </Empty>
);
