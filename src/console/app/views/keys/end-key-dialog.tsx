import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { CheckField } from '../../components/dialogs/check-field.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { useSession } from '../../data/key-session.js';
import { counted } from '../../words/time-words.js';
import { END_KEY } from './keys-question.js';

interface EndKeyDialogProps {
  id: string;
  name: string;
  /** How many keys that still work it has made. */
  descendants: number;
  onClose: () => void;
  onDone: () => void;
}

/** Asks before a key is ended: whoever uses it is locked out. */
export function EndKeyDialog({ id, name, descendants, onClose, onDone }: EndKeyDialogProps) {
  const { ask } = useSession();
  const [all, setAll] = useState(false);
  const end = useMutation({
    mutationFn: () => ask(END_KEY, { id, descendants: all }),
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Confirm
      title="End this key?"
      action="End it"
      busy={end.isPending}
      error={end.error}
      onConfirm={() => end.mutate()}
      onClose={onClose}
    >
      <p>
        Whoever uses “<bdi>{name}</bdi>” is refused from now on, within 5 seconds. This cannot be undone.
      </p>
      {descendants > 0 && (
        <CheckField checked={all} onChange={setAll}>
          Also end {counted(descendants, 'key')} that it has made
        </CheckField>
      )}
    </Confirm>
  );
}
