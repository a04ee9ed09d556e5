import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { Problem } from '../../components/states.js';
import { go } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { attemptTodo, attemptWords, hasSucceeded, waitingWords } from '../../words/webhook-words.js';
import { TEST_WEBHOOK } from './attempts-question.js';
import { ReplayDialog } from './replay-dialog.js';
import { SecretDialog } from './secret-dialog.js';
import { WebhookForm } from './webhook-form.js';
import { DELETE_WEBHOOK, UPDATE_WEBHOOK, type WebhookRow } from './webhooks-question.js';

interface DeedsProps {
  webhook: WebhookRow;
  onChanged: () => void;
}

type Open = 'change' | 'replay' | 'secret' | 'delete' | null;

/** Offers what can be done with a webhook, as far as the key may. */
export function WebhookDeeds({ webhook, onChanged }: DeedsProps) {
  const { may } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const [said, setSaid] = useState('');
  const close = () => setOpen(null);
  const tell = (words: string) => {
    setSaid(words);
    onChanged();
  };
  const mayUpdate = may('mutation', 'updateWebhook');
  return (
    <>
      <div className="deeds">
        {may('mutation', 'testWebhook') && <TestButton webhook={webhook} onSaid={setSaid} onChanged={onChanged} />}
        {may('mutation', 'replayWebhook') && <Button onClick={() => setOpen('replay')}>Send again …</Button>}
        {mayUpdate && <PauseButton webhook={webhook} onChanged={onChanged} />}
        {mayUpdate && <Button onClick={() => setOpen('change')}>Change …</Button>}
        {may('mutation', 'rotateWebhookSecret') && <Button onClick={() => setOpen('secret')}>New secret …</Button>}
        {may('mutation', 'deleteWebhook') && (
          <Button look="danger" onClick={() => setOpen('delete')}>
            Delete …
          </Button>
        )}
        <p role="status">{said}</p>
      </div>
      {open === 'change' && <WebhookForm webhook={webhook} onClose={close} onDone={onChanged} />}
      {open === 'replay' && <ReplayDialog webhook={webhook} eventIds={null} onClose={close} onDone={tell} />}
      {open === 'secret' && <SecretDialog webhook={webhook} onClose={close} onDone={onChanged} />}
      {open === 'delete' && <DeleteDialog webhook={webhook} onClose={close} onChanged={onChanged} />}
    </>
  );
}

/** Posts a test, and says how that went. */
function TestButton({ webhook: { id }, onSaid, onChanged }: DeedsProps & { onSaid: (words: string) => void }) {
  const { ask } = useSession();
  const test = useMutation({
    mutationFn: () => ask(TEST_WEBHOOK, { id }),
    onMutate: () => onSaid('A test is on its way …'),
    onError: () => onSaid(''),
    onSuccess: ({ testWebhook: attempt }) => {
      if (attempt === null) onSaid('');
      else
        onSaid(
          hasSucceeded(attempt) ? 'The test was taken.' : `The test failed. ${attemptWords(attempt)}. ${attemptTodo(attempt)}`,
        );
      onChanged();
    },
  });
  return (
    <>
      <Button disabled={test.isPending} onClick={() => test.mutate()}>
        Send a test
      </Button>
      {test.error && <Problem error={test.error} />}
    </>
  );
}

function PauseButton({ webhook: { id, state }, onChanged }: DeedsProps) {
  const { ask } = useSession();
  const runs = state === 'ACTIVE' || state === 'FAILING';
  const pause = useMutation({
    mutationFn: () => ask(UPDATE_WEBHOOK, { input: { id, paused: runs } }),
    onSuccess: onChanged,
  });
  return (
    <>
      <Button look={runs ? 'plain' : 'primary'} disabled={pause.isPending} onClick={() => pause.mutate()}>
        {runs ? 'Pause' : 'Let it go on'}
      </Button>
      {pause.error && <Problem error={pause.error} />}
    </>
  );
}

function DeleteDialog({ webhook: { id, url, waiting }, onClose, onChanged }: DeedsProps & { onClose: () => void }) {
  const { ask } = useSession();
  const remove = useMutation({
    mutationFn: () => ask(DELETE_WEBHOOK, { id }),
    onSuccess: () => {
      onClose();
      go('/webhooks');
      onChanged();
    },
  });
  return (
    <Confirm
      title="Delete this webhook?"
      action="Delete it"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        <bdi className="name">{url}</bdi> is told nothing any more.{' '}
        {waiting > 0 && `${waitingWords(waiting)} that ${waiting === 1 ? 'waits' : 'wait'} for it will not be sent. `}
        Its secret and the list of its attempts go with it. This cannot be undone.
      </p>
    </Confirm>
  );
}
