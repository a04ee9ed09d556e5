import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ChoiceField } from '../../components/dialogs/choice-field.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { useSession } from '../../data/key-session.js';
import { timeRangeOf } from '../../words/span-of-time.js';
import { counted } from '../../words/time-words.js';
import { REPLAY_WEBHOOK, type ReplayChoice, type WebhookRow } from './webhooks-question.js';

/** What can be sent again; a span of time is one of `timeRangeOf`. */
const CHOICES: ReadonlyArray<readonly [choice: string, words: string]> = [
  ['failed', 'What was given up, or failed last'],
  ['hour', 'All of the last hour'],
  ['day', 'All of the last 24 hours'],
  ['week', 'All of the last 7 days, as far as it is kept'],
];

const choiceOf = (choice: string): ReplayChoice => {
  const recorded = timeRangeOf({ time: choice }, Date.now());
  return recorded === undefined ? { failedOnly: true } : { recorded };
};

interface ReplayDialogProps {
  webhook: WebhookRow;
  /** These events; null: it can be chosen. */
  eventIds: string[] | null;
  onClose: () => void;
  /** Is told in words what was done. */
  onDone: (words: string) => void;
}

/** Asks before events are sent once more: the receiver may have them. */
export function ReplayDialog({ webhook: { id, url }, eventIds, onClose, onDone }: ReplayDialogProps) {
  const { ask } = useSession();
  const [choice, setChoice] = useState('failed');
  const replay = useMutation({
    mutationFn: () => ask(REPLAY_WEBHOOK, { input: { id, ...(eventIds === null ? choiceOf(choice) : { eventIds }) } }),
    onSuccess: ({ replayWebhook: result }) => {
      onClose();
      if (result !== null) onDone(resultWords(result));
    },
  });
  return (
    <Confirm
      title={eventIds === null ? 'Send events again?' : `Send ${counted(eventIds.length, 'event')} again?`}
      action="Send again"
      look="primary"
      busy={replay.isPending}
      error={replay.error}
      onConfirm={() => replay.mutate()}
      onClose={onClose}
    >
      {eventIds === null && <ChoiceField label="What" value={choice} choices={CHOICES} onChoose={setChoice} />}
      <p>
        <bdi className="name">{url}</bdi> gets each of them once more, by itself and under its own id, also if it has taken it
        before. A receiver that remembers ids takes each once.
      </p>
    </Confirm>
  );
}

function resultWords({ replayed, complete }: { replayed: number; complete: boolean }): string {
  if (replayed === 0) return 'Nothing matches, so nothing is sent.';
  return `${counted(replayed, 'event')} ${replayed === 1 ? 'goes' : 'go'} out again.${complete ? '' : ' More match: choose a shorter time for the rest.'}`;
}
