import type { FormEvent } from 'react';
import { useRef, useState } from 'react';
import { query } from './graphql-client.js';
import type { HistoryItem, MessageHistoryAnswer } from './message-history-query.js';
import { MESSAGE_HISTORY, sentence } from './message-history-query.js';

/**
 * Answers support's question: which messages went to one recipient, newest first, and what became of each.
 */
export function MessageHistory({ apiKey }: { apiKey: string }) {
  const [recipient, setRecipient] = useState('');
  const [asked, setAsked] = useState('');
  const [items, setItems] = useState<HistoryItem[] | null>(null);
  const [nextToken, setNextToken] = useState<string | null>(null);
  const [problem, setProblem] = useState('');
  // The latest question. An answer to an earlier one may be about somebody else.
  const question = useRef(0);

  /** What is shown belongs to the name in the field: both change together. */
  function name(typed: string) {
    question.current++;
    setRecipient(typed);
    setItems(null);
    setNextToken(null);
    setProblem('');
  }

  async function load(of: string, before: HistoryItem[], token: string | null) {
    const mine = ++question.current;
    try {
      const { messages } = await query<MessageHistoryAnswer>(apiKey, MESSAGE_HISTORY, { recipient: of, nextToken: token });
      if (mine !== question.current) return;
      setAsked(of);
      setItems([...before, ...messages.items]);
      setNextToken(messages.nextToken);
      setProblem('');
    } catch (error) {
      if (mine === question.current) setProblem((error as Error).message);
    }
  }

  function ask(of: string) {
    name(of);
    void load(of, [], null);
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    ask(recipient);
  }

  return (
    <section className="support">
      <form onSubmit={submit}>
        <label htmlFor="recipient">Recipient</label>
        <input
          id="recipient"
          value={recipient}
          onChange={(event) => name(event.target.value)}
          placeholder="the name it was registered with"
          autoComplete="off"
          spellCheck={false}
          required
        />
        <button type="submit">What became of its messages?</button>
      </form>
      {problem !== '' && (
        <p className="problem" role="alert">
          {problem}
        </p>
      )}
      {items?.length === 0 && nextToken === null && <NothingKnown name={asked} onAsk={ask} />}
      {items !== null && items.length > 0 && (
        <table>
          <thead>
            <tr>
              <th>Created</th>
              <th>Status</th>
              <th>What became of it</th>
              <th>Message</th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.id} title={item.id}>
                <td>{item.createdAt}</td>
                <td>
                  <span className={`status ${item.status.toLowerCase()}`}>{item.status}</span>
                </td>
                <td>{sentence(item)}</td>
                <td className="text">
                  {item.message}
                  {item.topic !== null && <em> topic {item.topic}</em>}
                  {item.globalMessageId !== null && <em> global</em>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {nextToken !== null && (
        <button type="button" onClick={() => void load(asked, items ?? [], nextToken)}>
          Older messages
        </button>
      )}
    </section>
  );
}

/** A name may have blanks around it, but more often they were copied with it. */
function NothingKnown({ name, onAsk }: { name: string; onAsk: (name: string) => void }) {
  const trimmed = name.trim();
  return (
    <p className="nothing">
      No message to “{name}” is known (any more).
      {trimmed !== name && ' This name has blanks around it.'}
      {trimmed !== name && trimmed !== '' && (
        <button type="button" onClick={() => onAsk(trimmed)}>
          Ask for “{trimmed}”
        </button>
      )}
    </p>
  );
}
