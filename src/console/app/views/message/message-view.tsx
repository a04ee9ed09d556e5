import { useState } from 'react';
import { Button } from '../../components/button.js';
import { ClampedText } from '../../components/clamped-text.js';
import { CopyButton, ShortId } from '../../components/copy.js';
import { Facts } from '../../components/facts.js';
import { ICONS } from '../../components/icons.js';
import { PageHead } from '../../components/page-head.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { TimeLineList } from '../../components/time-line-list.js';
import { useNow } from '../../components/use-now.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { linkTo } from '../../data/view-url.js';
import { whoseKey } from '../../words/key-words.js';
import { fateSentence, outcomeOf, overdueSentence } from '../../words/message-words.js';
import { shortened } from '../../words/text-words.js';
import { AUDIT } from '../keys/audit-question.js';
import { ACTIVITY_KEPT, MEANWHILE, MESSAGE, type OneMessage, OVERDUE } from './message-question.js';
import { NamesThatBeginAlike } from './names-that-begin-alike.js';
import { RecallDialog } from './recall-dialog.js';
import { recallEntry, recallFilter } from './recall-entry.js';
import { timeLine } from './time-line.js';

/** Looks again at what still waits after so long, in milliseconds. */
const WAITING_MS = 5_000;

interface MessageViewProps {
  id: string;
  /** URL of the list that it was opened from. */
  back: string;
  /** Stands beside that list. */
  beside: boolean;
}

/** Shows one message: what became of it in a sentence, its life, its text. */
export function MessageView({ id, back, beside }: MessageViewProps) {
  const question = useQuestion(
    MESSAGE,
    { id },
    { every: (data) => (data === undefined || data.message?.status === 'PENDING' ? WAITING_MS : false) },
  );
  const { data, error, failureReason, refetch } = question;
  return (
    <article className="detail">
      <p className="back">
        <a href={`#${back}`}>
          {beside ? ICONS.close : ICONS.back} {beside ? 'Close' : 'Messages'}
        </a>
      </p>
      {data?.message && <Message message={data.message} beside={beside} />}
      {data && data.message === null && <NoSuchMessage id={id} level={beside ? 2 : 1} />}
      {!data &&
        (error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading shape="page" trouble={failureReason} />)}
    </article>
  );
}

function Message({ message, beside }: { message: OneMessage; beside: boolean }) {
  const { recipient, createdAt, topic, globalMessageId, expiresAt, id } = message;
  const now = useNow();
  const { may } = useSession();
  const outcome = outcomeOf(message);
  const overdueAt = useOverdue(message);
  const Heading = beside ? 'h3' : 'h2';
  return (
    <>
      <PageHead
        level={beside ? 2 : 1}
        title={<bdi className="name">{recipient}</bdi>}
        tab={`${shortened(recipient, 40)} · Message`}
        note={
          <>
            Message, accepted <Time at={createdAt} />
          </>
        }
      >
        {may('query', 'recipient') && (
          <a className="button button-plain" href={linkTo('/recipients', { name: recipient })}>
            About this recipient
          </a>
        )}
      </PageHead>
      <p className={`verdict verdict-${outcome}`} aria-live="polite">
        {ICONS[outcome]}
        <span dir="auto">{fateSentence(message, now)}</span>
      </p>
      {overdueAt !== null && outcome === 'waiting' && <p className="problem">{overdueSentence(overdueAt, now)}</p>}
      {isNeverSeen(message) && <NamesThatBeginAlike name={recipient} />}
      <Deeds message={message} />
      <Heading>Text</Heading>
      <ClampedText text={message.message} hidden={message.textHidden} />
      <Facts
        facts={[
          ['Topic', topic && <bdi>{topic}</bdi>],
          ['Until', expiresAt && <Time at={expiresAt} as="moment" />],
          [
            'Message to everybody',
            globalMessageId && <a href={linkTo('/messages', { global: globalMessageId })}>all that it was sent to</a>,
          ],
          ['Id', <ShortId key="id" id={id} />],
        ]}
      />
      <Heading>What happened</Heading>
      <Life message={message} overdueAt={overdueAt} />
    </>
  );
}

const isNeverSeen = ({ status, pendingReason }: OneMessage): boolean =>
  status === 'PENDING' && pendingReason?.code === 'NOT_CONNECTED' && pendingReason.since === null;

function Deeds({ message }: { message: OneMessage }) {
  const { may } = useSession();
  const [recalling, setRecalling] = useState(false);
  const link = `${window.location.origin}${window.location.pathname}${linkTo(`/messages/${message.id}`)}`;
  return (
    <div className="deeds">
      {message.status === 'PENDING' && may('mutation', 'cancelMessages') && (
        <Button look="danger" onClick={() => setRecalling(true)}>
          Recall …
        </Button>
      )}
      <CopyButton text={link}>Copy link</CopyButton>
      {recalling && <RecallDialog message={message} onClose={() => setRecalling(false)} />}
    </div>
  );
}

/** Tells the message's life, with what the recipient did meanwhile if the key may know. */
function Life({ message, overdueAt }: { message: OneMessage; overdueAt: string | null }) {
  const { may } = useSession();
  const mayKnow = may('query', 'recipient');
  const recalledBy = useRecalledBy(message);
  const waits = message.status === 'PENDING';
  const { data, error } = useQuestion(
    MEANWHILE,
    { name: message.recipient, limit: ACTIVITY_KEPT },
    { enabled: mayKnow, every: waits ? 3 * WAITING_MS : false, fresh: WAITING_MS },
  );
  const activity = data?.recipient?.activity?.items ?? [];
  return (
    <>
      <TimeLineList points={timeLine(message, activity, { recalledBy, overdueAt })} />
      {recallFilter(message) !== null && !may('query', 'auditLog') && (
        <p className="dim">Your key does not show who recalled it.</p>
      )}
      {!mayKnow && <p className="dim">Your key does not show who came and went meanwhile.</p>}
      {mayKnow && error && <p className="dim">Who came and went meanwhile cannot be shown at the moment.</p>}
    </>
  );
}

/** Tells when the message became overdue; null if it did not, or if that is not known. */
function useOverdue({ id, recipient, status }: OneMessage): string | null {
  const { may } = useSession();
  const { data } = useQuestion(
    OVERDUE,
    { recipient },
    {
      enabled: may('query', 'statusEvents'),
      // Nothing is known while status events are off.
      every: (known) => (known !== undefined && status === 'PENDING' ? 3 * WAITING_MS : false),
      fresh: WAITING_MS,
    },
  );
  return data?.statusEvents.items.find(({ messageId }) => messageId === id)?.at ?? null;
}

/** Tells whose key recalled the message, where the key in use may read the audit log. */
function useRecalledBy(message: OneMessage): string | null {
  const { may } = useSession();
  const filter = recallFilter(message);
  const enabled = filter !== null && may('query', 'auditLog');
  const { data } = useQuestion(AUDIT, { filter: filter ?? {}, nextToken: null }, { enabled, fresh: Number.POSITIVE_INFINITY });
  if (!enabled || !data || data.auditLog.nextToken !== null) return null;
  const entry = recallEntry(message.id, data.auditLog.items);
  return entry && whoseKey(entry);
}

const NoSuchMessage = ({ id, level }: { id: string; level: 1 | 2 }) => (
  <Empty level={level} title="There is no message with this id">
    <p>It was deleted with age, erased with its recipient, or the id is not whole.</p>
    <p>
      It may be the id of a message to everybody: <a href={linkTo('/messages', { global: id })}>look for those</a>.
    </p>
  </Empty>
);
