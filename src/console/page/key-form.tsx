import type { FormEvent } from 'react';
import { useState } from 'react';

interface KeyFormProps {
  initial: string;
  /** Says something about the key. Screen readers speak a problem at once. */
  note: { text: string; problem: boolean };
  onUse: (key: string) => void;
  onForget: () => void;
}

/** Shows the field for the key at the top. The key goes nowhere but into `onUse`. */
export function KeyForm({ initial, note, onUse, onForget }: KeyFormProps) {
  const [typed, setTyped] = useState(initial);

  function submit(event: FormEvent) {
    event.preventDefault();
    onUse(typed.trim());
  }

  return (
    <form className="key" onSubmit={submit}>
      <label htmlFor="api-key">API key</label>
      <input
        id="api-key"
        type="password"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        placeholder="tk_…"
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit">Use this key</button>
      <button
        type="button"
        onClick={() => {
          setTyped('');
          onForget();
        }}
      >
        Forget it
      </button>
      <output className={note.problem ? 'problem' : ''} role={note.problem ? 'alert' : 'status'}>
        {note.text}
      </output>
    </form>
  );
}
