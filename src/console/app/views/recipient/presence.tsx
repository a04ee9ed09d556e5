import { ICONS } from '../../components/icons.js';
import { Time } from '../../components/time.js';
import { useNow } from '../../components/use-now.js';
import { browserWords } from '../../words/browser-words.js';
import { presenceSentence } from '../../words/recipient-words.js';
import { counted } from '../../words/time-words.js';
import type { OpenConnection, RecipientNow } from './recipient-question.js';

/** The API names so many connections, at most. */
const MOST = 100;

/** Says whether the recipient is there, and on what. */
export function Presence({ recipient }: { recipient: RecipientNow }) {
  const now = useNow();
  const { connections, complete } = recipient;
  const there = connections.length > 0;
  return (
    <>
      <p className={`verdict verdict-${there ? 'delivered' : 'waiting'}`} aria-live="polite">
        {there ? ICONS.delivered : ICONS.waiting}
        <span>{presenceSentence(recipient, now)}</span>
      </p>
      {there && !complete && <p className="dim">One of our servers did not answer: there may be more.</p>}
      {connections.length >= MOST && <p className="dim">Only the newest {MOST} are shown.</p>}
      {there && (
        <ul className="cards" aria-label="Connections">
          {connections.map((connection) => (
            <Card key={connection.id} connection={connection} />
          ))}
        </ul>
      )}
    </>
  );
}

const TALK: Readonly<Record<string, string>> = { PLAIN: 'the browser confirms', V1: 'the page confirms' };

function Card({ connection }: { connection: OpenConnection }) {
  const { since, topic, protocol, sourceIp, origin, userAgent, unconfirmed, behind } = connection;
  return (
    <li className="card">
      <strong title={userAgent ?? ''}>{browserWords(userAgent) ?? 'A device'}</strong>
      <span>
        connected since <Time at={since} as="moment" />
      </span>
      {origin !== null && <span>on {origin}</span>}
      {topic !== null && (
        <span>
          only for “<bdi>{topic}</bdi>”
        </span>
      )}
      {sourceIp !== null && <span>address {sourceIp}</span>}
      {TALK[protocol] && <span>{TALK[protocol]}</span>}
      {unconfirmed > 0 && <span>{counted(unconfirmed, 'message')} sent and not confirmed yet</span>}
      {behind && <span className="problem">does not keep up</span>}
    </li>
  );
}
