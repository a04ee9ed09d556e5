import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { useSession } from '../../data/key-session.js';
import { counted } from '../../words/time-words.js';
import { ERASE, REVOKE, type RecipientNow } from './recipient-question.js';

/** Offers what can be done to a recipient, if the key may. */
export function Deeds({ recipient }: { recipient: RecipientNow }) {
  const { may } = useSession();
  const [open, setOpen] = useState<'revoke' | 'erase' | null>(null);
  const [done, setDone] = useState('');
  const close = (words?: string) => {
    setOpen(null);
    if (words !== undefined) setDone(words);
  };
  if (!may('mutation', 'revokeRecipient') && !may('mutation', 'eraseRecipient')) return null;
  return (
    <div className="deeds">
      {may('mutation', 'revokeRecipient') && (
        <Button look="danger" onClick={() => setOpen('revoke')}>
          Turn their devices away …
        </Button>
      )}
      {may('mutation', 'eraseRecipient') && (
        <Button look="danger" onClick={() => setOpen('erase')}>
          Erase …
        </Button>
      )}
      <p role="status">{done}</p>
      {open === 'revoke' && <RevokeDialog recipient={recipient} onClose={close} />}
      {open === 'erase' && <EraseDialog recipient={recipient} onClose={close} />}
    </div>
  );
}

interface DialogProps {
  recipient: RecipientNow;
  /** Says what was done, if it was. */
  onClose: (done?: string) => void;
}

function RevokeDialog({ recipient: { name, connections, pending }, onClose }: DialogProps) {
  const { ask } = useSession();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => ask(REVOKE, { recipient: name }),
    onSuccess: async () => {
      onClose('Their devices were turned away.');
      await client.invalidateQueries();
    },
  });
  return (
    <Confirm
      title="Turn their devices away?"
      action="Turn away"
      busy={revoke.isPending}
      error={revoke.error}
      onConfirm={() => revoke.mutate()}
      onClose={onClose}
    >
      <p>
        {connections.length === 0 ? 'No device' : counted(connections.length, 'device or tab', 'devices or tabs')} of{' '}
        <bdi className="name">{name}</bdi> {connections.length > 1 ? 'are' : 'is'} connected; all that are get disconnected, and
        no page can connect with what it was given before. Each has to sign in anew.
      </p>
      <p>
        {pending === 0 ? 'No message waits for them.' : `${counted(pending, 'message')} that wait for them go on waiting.`} This
        cannot be undone.
      </p>
    </Confirm>
  );
}

function EraseDialog({ recipient: { name, pending }, onClose }: DialogProps) {
  const { ask } = useSession();
  const client = useQueryClient();
  const erase = useMutation({
    mutationFn: () => ask(ERASE, { recipient: name }),
    onSuccess: async ({ eraseRecipient }) => {
      onClose(`Erased, with ${counted(eraseRecipient.erased, 'message')}.`);
      await client.invalidateQueries();
    },
  });
  return (
    <Confirm
      title="Erase this recipient?"
      action="Erase"
      typed={name}
      busy={erase.isPending}
      error={erase.error}
      onConfirm={() => erase.mutate()}
      onClose={onClose}
    >
      <p>
        Everything that names <bdi className="name">{name}</bdi> is deleted: all messages to them, with their texts and what
        became of them
        {pending > 0 && `, the ${counted(pending, 'message')} that wait for them among these`}, and all comings and goings. Their
        devices are turned away. This cannot be undone.
      </p>
    </Confirm>
  );
}
