import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ChoiceField } from '../../components/dialogs/choice-field.js';
import { FormDialog } from '../../components/dialogs/form-dialog.js';
import { ShownOnce } from '../../components/dialogs/shown-once.js';
import { useSession } from '../../data/key-session.js';
import { ROTATE_SECRET, type WebhookRow } from './webhooks-question.js';

/** How long the former secret signs beside the new one, in seconds. */
const OVERLAPS: ReadonlyArray<readonly [seconds: string, words: string]> = [
  ['86400', 'For a day'],
  ['604800', 'For a week'],
  ['3600', 'For an hour'],
  ['0', 'No longer: it ends at once'],
];

interface SecretDialogProps {
  webhook: WebhookRow;
  onClose: () => void;
  onDone: () => void;
}

/** Makes a new secret, and shows it this once. */
export function SecretDialog({ webhook: { id, url }, onClose, onDone }: SecretDialogProps) {
  const { ask } = useSession();
  const [overlap, setOverlap] = useState('86400');
  const rotate = useMutation({
    mutationFn: () => ask(ROTATE_SECRET, { id, overlapSeconds: Number(overlap) }),
    onSuccess: onDone,
  });
  const secret = rotate.data?.rotateWebhookSecret?.secret;
  return (
    <FormDialog
      title="Make a new secret?"
      note={
        <>
          What is sent to <bdi className="name">{url}</bdi> is signed with it from now on. Give it to the receiver before the
          present one ends. One that a former change left over ends now.
        </>
      }
      action="Make it"
      busy={rotate.isPending}
      error={rotate.error}
      made={secret && <ShownOnce title="The new secret" secret={secret} copy="Copy the secret" onClose={onClose} />}
      onSubmit={() => rotate.mutate()}
      onClose={onClose}
    >
      <ChoiceField label="How long the present one signs, too" value={overlap} choices={OVERLAPS} onChoose={setOverlap} />
    </FormDialog>
  );
}
