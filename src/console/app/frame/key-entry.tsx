import { type FormEvent, useId, useState } from 'react';
import { Button } from '../components/button.js';
import type { SessionEnd } from '../data/open-session.js';

interface KeyEntryProps {
  /** Why there is no key any more. */
  ended: SessionEnd | null;
  onEnter: (key: string) => void;
}

/** Asks for a key, and says where keys come from. */
export function KeyEntry({ ended, onEnter }: KeyEntryProps) {
  const [typed, setTyped] = useState('');
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== '') onEnter(typed.trim());
  };
  return (
    <main className="key-entry">
      <form onSubmit={submit}>
        <h1>Tidings</h1>
        <p>See what became of a message: who got it, when, and why one waits.</p>
        <div className="field">
          <label htmlFor={id}>API key</label>
          <input
            id={id}
            type="password"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            placeholder="tk_…"
            autoComplete="off"
            spellCheck={false}
            // biome-ignore lint/a11y/noAutofocus: the page asks for nothing else.
            autoFocus
            aria-describedby={`${id}-note`}
          />
        </div>
        {ended === 'refused' && (
          <p className="problem" role="alert">
            This key does not work: it is unknown, has expired or was revoked.
          </p>
        )}
        {ended === 'left' && (
          <p className="dim" role="status">
            You have left: the key, and what it showed, are forgotten.
          </p>
        )}
        <Button type="submit" look="primary">
          Open
        </Button>
        <p className="dim" id={`${id}-note`}>
          Your administrator makes keys, with <code>npx tidings key create --role support</code>. The key stays in this tab, and
          is in no link.
        </p>
      </form>
    </main>
  );
}
