import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { CheckField } from '../../components/dialogs/check-field.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { Empty, Problem } from '../../components/states.js';
import { useSession } from '../../data/key-session.js';
import { linkTo } from '../../data/view-url.js';
import { SET_STATUS_FEED, STATUS_FEED, type StatusFeed } from './status-events-question.js';

function useSwitch(onDone: () => void) {
  const { ask } = useSession();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (feed: StatusFeed) => ask(SET_STATUS_FEED, feed),
    onSuccess: async () => {
      onDone();
      await client.invalidateQueries({ queryKey: [STATUS_FEED.text] });
    },
  });
}

/** Stands where events would be while nobody records them, and lets them be recorded. */
export function FeedIsOff() {
  const { may } = useSession();
  const [globals, setGlobals] = useState(false);
  const feed = useSwitch(() => {});
  return (
    <>
      <Empty title="Status events are off">
        <p>
          Switched on, it is recorded from then on what becomes of each message: delivered, recalled, expired. Your backend can
          read it, and webhooks are told of it.
        </p>
        {may('mutation', 'setStatusFeed') ? (
          <>
            <CheckField checked={globals} onChange={setGlobals}>
              Messages to everybody, too: one event for each recipient
            </CheckField>
            <Button look="primary" disabled={feed.isPending} onClick={() => feed.mutate({ enabled: true, globals })}>
              Switch on
            </Button>
          </>
        ) : (
          <p>Ask your administrator to switch them on: your key does not include it.</p>
        )}
      </Empty>
      {feed.error && <Problem error={feed.error} />}
    </>
  );
}

/** Says what is recorded, and lets that be changed. */
export function FeedTools({ feed }: { feed: StatusFeed }) {
  const { may } = useSession();
  const [open, setOpen] = useState<'off' | 'globals' | null>(null);
  if (!may('mutation', 'setStatusFeed')) return null;
  return (
    <>
      <Button onClick={() => setOpen('globals')}>
        {feed.globals ? 'Leave messages to everybody out …' : 'Include messages to everybody …'}
      </Button>
      <Button look="danger" onClick={() => setOpen('off')}>
        Switch off …
      </Button>
      {open === 'off' && <SwitchOff feed={feed} onClose={() => setOpen(null)} />}
      {open === 'globals' && <SwitchGlobals feed={feed} onClose={() => setOpen(null)} />}
    </>
  );
}

interface SwitchProps {
  feed: StatusFeed;
  onClose: () => void;
}

function SwitchOff({ feed, onClose }: SwitchProps) {
  const { may } = useSession();
  const off = useSwitch(onClose);
  return (
    <Confirm
      title="Switch status events off?"
      action="Switch off"
      busy={off.isPending}
      error={off.error}
      onConfirm={() => off.mutate({ enabled: false, globals: feed.globals })}
      onClose={onClose}
    >
      <p>
        What becomes of messages from now on is recorded nowhere, and cannot be recorded later. Whoever reads the events is told
        no more. Messages themselves are delivered as before.
      </p>
      <p>
        While there is a webhook, this is refused.{' '}
        {may('query', 'webhooks') && <a href={linkTo('/webhooks')}>Look at the webhooks</a>}
      </p>
    </Confirm>
  );
}

function SwitchGlobals({ feed, onClose }: SwitchProps) {
  const change = useSwitch(onClose);
  return (
    <Confirm
      title={feed.globals ? 'Leave messages to everybody out?' : 'Include messages to everybody?'}
      action={feed.globals ? 'Leave them out' : 'Include them'}
      look={feed.globals ? 'danger' : 'primary'}
      busy={change.isPending}
      error={change.error}
      onConfirm={() => change.mutate({ enabled: true, globals: !feed.globals })}
      onClose={onClose}
    >
      <p>
        {feed.globals
          ? 'What becomes of messages to everybody is no longer recorded from now on. What was recorded stays as long as events are kept.'
          : 'From now on each recipient of a message to everybody makes an event: one for a thousand recipients makes a thousand.'}
      </p>
    </Confirm>
  );
}
