import { PageHead } from '../../components/page-head.js';
import { NameSearch } from '../../components/search/name-search.js';
import { Empty, Loading, Problem } from '../../components/states.js';
import { go, useOptions } from '../../data/hash-location.js';
import { useSession } from '../../data/key-session.js';
import { useQuestion } from '../../data/use-question.js';
import { linkTo, viewUrl } from '../../data/view-url.js';
import { shortened } from '../../words/text-words.js';
import { NamesThatBeginAlike } from '../message/names-that-begin-alike.js';
import { Deeds } from './deeds.js';
import { Happenings } from './happenings.js';
import { Presence } from './presence.js';
import { RECIPIENT, type RecipientNow } from './recipient-question.js';
import { Waiting } from './waiting.js';

/** Asks again who is there after so long, in milliseconds, while the page is looked at. */
const PRESENCE_MS = 10_000;

const describe = (typed: string) => (typed === '' ? 'Type a name' : `Is “${shortened(typed, 60)}” there?`);

/** Shows one recipient: whether they are there, what waits for them, what happened lately. */
export function RecipientView() {
  const [{ name = '' }] = useOptions();
  return (
    <div className="one-column">
      {name === '' && <PageHead title="Recipients" tab="Recipients" />}
      {name !== '' && <Head name={name} />}
      <NameSearch
        label="Find a recipient by name"
        placeholder="Name, or the beginning of one"
        value={name}
        describe={describe}
        onAsk={(text) => go(viewUrl('/recipients', { name: text }))}
      />
      {name === '' ? <NobodyYet /> : <Recipient key={name} name={name} />}
    </div>
  );
}

const NobodyYet = () => (
  <Empty title="Whom is it about?">
    <p>Enter a name to see whether they are connected, what waits for them, and what happened lately.</p>
  </Empty>
);

function Head({ name }: { name: string }) {
  const { may } = useSession();
  return (
    <PageHead title={<bdi className="name">{name}</bdi>} tab={`${shortened(name, 40)} · Recipients`}>
      {may('query', 'messages') && (
        <a className="button button-plain" href={linkTo('/messages', { name })}>
          Messages to them
        </a>
      )}
    </PageHead>
  );
}

function Recipient({ name }: { name: string }) {
  const { data, error, failureReason, refetch } = useQuestion(RECIPIENT, { name }, { every: PRESENCE_MS });
  const recipient = data?.recipient;
  if (!recipient)
    return error ? <Problem error={error} onRetry={() => void refetch()} /> : <Loading shape="page" trouble={failureReason} />;
  return (
    <>
      <Presence recipient={recipient} />
      {isUnknown(recipient) && <NamesThatBeginAlike name={name} to="/recipients" />}
      <Waiting recipient={recipient} />
      <Deeds recipient={recipient} />
      <h2>What happened lately</h2>
      <Happenings name={name} />
    </>
  );
}

const isUnknown = ({ connections, lastSeenAt, pending }: RecipientNow): boolean =>
  connections.length === 0 && lastSeenAt === null && pending === 0;
