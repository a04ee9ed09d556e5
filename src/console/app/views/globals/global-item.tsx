import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '../../components/button.js';
import { ClampedText } from '../../components/clamped-text.js';
import { ShortId } from '../../components/copy.js';
import { Confirm } from '../../components/dialogs/confirm.js';
import { ROW } from '../../components/lists/use-row-keys.js';
import { Time } from '../../components/time.js';
import { useSession } from '../../data/key-session.js';
import { linkTo } from '../../data/view-url.js';
import { counted } from '../../words/time-words.js';
import { type GlobalRow, RECALL_GLOBAL } from './globals-question.js';

interface GlobalItemProps {
  item: GlobalRow;
  onRecalled: () => void;
}

export function GlobalItem({ item, onRecalled }: GlobalItemProps) {
  const { id, message, textHidden, topic, createdAt, counts } = item;
  const { may } = useSession();
  const [recalling, setRecalling] = useState(false);
  return (
    <li className="global" tabIndex={-1} {...ROW}>
      <div className="global-head">
        <span>
          Accepted <Time at={createdAt} />
        </span>
        <State item={item} />
        {topic !== null && (
          <span>
            only for “<bdi>{topic}</bdi>”
          </span>
        )}
        <ShortId id={id} />
      </div>
      <ClampedText text={message} hidden={textHidden} />
      {counts && <Counts counts={counts} id={id} />}
      <div className="deeds">
        {may('query', 'messages') && (
          <a className="button button-plain" href={linkTo('/messages', { global: id })}>
            Who got it
          </a>
        )}
        {isRunning(item) && may('mutation', 'cancelMessages') && (
          <Button look="danger" onClick={() => setRecalling(true)}>
            Recall …
          </Button>
        )}
      </div>
      {recalling && (
        <RecallGlobal
          item={item}
          onClose={() => setRecalling(false)}
          onDone={() => {
            setRecalling(false);
            onRecalled();
          }}
        />
      )}
    </li>
  );
}

const isRunning = ({ cancelledAt, expiresAt, counts }: GlobalRow): boolean =>
  cancelledAt === null && ((expiresAt !== null && Date.parse(expiresAt) > Date.now()) || (counts?.pending ?? 0) > 0);

function State({ item: { cancelledAt, expiresAt } }: { item: GlobalRow }) {
  if (cancelledAt !== null) {
    return (
      <span>
        recalled <Time at={cancelledAt} />
      </span>
    );
  }
  if (expiresAt === null) return <span>to those who were connected</span>;
  return (
    <span>
      {Date.parse(expiresAt) > Date.now() ? 'for whoever comes until' : 'ended'} <Time at={expiresAt} as="moment" />
    </span>
  );
}

function Counts({ counts, id }: { counts: NonNullable<GlobalRow['counts']>; id: string }) {
  const { delivered, pending, cancelled, exact } = counts;
  const figures = [
    ['Delivered', delivered, 'delivered'],
    ['Waiting', pending, 'waiting'],
    ['Recalled or expired', cancelled, ''],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([name, count, status]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {status === '' || count === 0 ? (
              figure(count, exact)
            ) : (
              <a href={linkTo('/messages', { global: id, status })}>{figure(count, exact)}</a>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
}

const figure = (count: number, exact: boolean) => `${exact ? '' : 'at least '}${count.toLocaleString('en-GB')}`;

interface RecallGlobalProps {
  item: GlobalRow;
  onClose: () => void;
  onDone: () => void;
}

/** Recalls it for all that it has not reached; the API does so in steps. */
function RecallGlobal({ item: { id, counts, expiresAt }, onClose, onDone }: RecallGlobalProps) {
  const { ask } = useSession();
  const recall = useMutation({
    mutationFn: async () => {
      let complete = false;
      while (!complete) ({ complete } = (await ask(RECALL_GLOBAL, { id })).cancelMessages);
    },
    onSuccess: onDone,
  });
  const waiting = counts?.pending ?? 0;
  return (
    <Confirm
      title="Recall this message to everybody?"
      action="Recall it"
      busy={recall.isPending}
      error={recall.error}
      onConfirm={() => recall.mutate()}
      onClose={onClose}
    >
      <p>
        {waiting > 0 && `It waits for ${counts?.exact ? '' : 'at least '}${counted(waiting, 'recipient')}, who will not get it. `}
        {expiresAt !== null && 'Whoever connects from now on will not get it, either. '}
        Who has it keeps it. This cannot be undone.
      </p>
    </Confirm>
  );
}
