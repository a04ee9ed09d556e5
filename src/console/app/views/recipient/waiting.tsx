import { Time } from '../../components/time.js';
import { useSession } from '../../data/key-session.js';
import { linkTo } from '../../data/view-url.js';
import { firstLine } from '../../words/text-words.js';
import { counted } from '../../words/time-words.js';
import type { RecipientNow } from './recipient-question.js';

/** Says what waits for the recipient: messages, and those to everybody that have not reached them. */
export function Waiting({ recipient: { name, pending, awaitedGlobals } }: { recipient: RecipientNow }) {
  const { may } = useSession();
  const words =
    pending === 0 ? 'No messages wait for them.' : `${counted(pending, 'message')} ${pending === 1 ? 'waits' : 'wait'} for them.`;
  return (
    <section>
      <h2>What waits</h2>
      <p>
        {words}{' '}
        {pending > 0 && may('query', 'messages') && <a href={linkTo('/messages', { name, status: 'waiting' })}>Show them</a>}
      </p>
      {awaitedGlobals.length > 0 && (
        <>
          <p>
            {counted(awaitedGlobals.length, 'message')} to everybody {awaitedGlobals.length === 1 ? 'has' : 'have'} not reached
            them yet:
          </p>
          <ul className="cards">
            {awaitedGlobals.map(({ id, message, textHidden, topic, createdAt, expiresAt }) => (
              <li key={id} className="card">
                <span className={textHidden ? 'dim' : ''} dir="auto">
                  {firstLine(message)}
                </span>
                <span>
                  accepted <Time at={createdAt} />
                </span>
                {expiresAt !== null && (
                  <span>
                    until <Time at={expiresAt} as="moment" />
                  </span>
                )}
                {topic !== null && <span>only for “{topic}”</span>}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
