import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Confirm } from '../../components/dialogs/confirm.js';
import { useSession } from '../../data/key-session.js';
import { MESSAGE, type OneMessage, RECALL } from './message-question.js';

/** Asks before a message is recalled, and does it. */
export function RecallDialog({ message, onClose }: { message: OneMessage; onClose: () => void }) {
  const { ask } = useSession();
  const client = useQueryClient();
  const [missed, setMissed] = useState(false);
  const recall = useMutation({
    mutationFn: () => ask(RECALL, { ids: [message.id] }),
    onSuccess: async ({ cancelMessages }) => {
      await client.invalidateQueries({ queryKey: [MESSAGE.text, { id: message.id }] });
      if (cancelMessages.cancelled > 0) onClose();
      else setMissed(true);
    },
  });
  return (
    <Confirm
      title="Recall this message?"
      action="Recall it"
      busy={recall.isPending || missed}
      error={recall.error}
      onConfirm={() => recall.mutate()}
      onClose={onClose}
    >
      <p>
        1 message that waits for <bdi className="name">{message.recipient}</bdi> is recalled. They will not get it. This cannot be
        undone.
      </p>
      {missed && <p role="alert">It was too late: the message no longer waits.</p>}
    </Confirm>
  );
}
