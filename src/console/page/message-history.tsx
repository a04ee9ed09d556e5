import type { FormEvent } from 'react';
import { useState } from 'react';
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

  async function load(name: string, before: HistoryItem[], token: string | null) {
    try {
      const { messages } = await query<MessageHistoryAnswer>(apiKey, MESSAGE_HISTORY, { recipient: name, nextToken: token });
      setAsked(name);
      setItems([...before, ...messages.items]);
      setNextToken(messages.nextToken);
      setProblem('');
    } catch (error) {
      setProblem((error as Error).message);
    }
  }

  function submit(event: FormEvent) {
    event.preventDefault();
    void load(recipient, [], null);
  }

  return (
    <section className="support">
      <form onSubmit={submit}>
        <label htmlFor="recipient">Recipient</label>
        <input
          id="recipient"
          value={recipient}
          onChange={(event) => setRecipient(event.target.value)}
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
      {items?.length === 0 && nextToken === null && <p>No message to “{asked}” is known (any more).</p>}
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
