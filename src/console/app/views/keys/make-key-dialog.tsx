import { useMutation } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { type Role, scopeOfRole } from '../../../../core/domain/roles.js';
import { ChoiceField } from '../../components/dialogs/choice-field.js';
import { FormDialog } from '../../components/dialogs/form-dialog.js';
import { ShownOnce } from '../../components/dialogs/shown-once.js';
import { useSession } from '../../data/key-session.js';
import { MAKE_KEY } from './keys-question.js';

const DAY_MS = 86_400_000;

/** What a new key can be for; `own` takes a scope as the API reads it. */
const KINDS: ReadonlyArray<readonly [kind: Role | 'same' | 'own', words: string]> = [
  ['support', 'Support'],
  ['push', 'A backend'],
  ['same', 'Whoever may do what you may'],
  ['own', 'Somebody else'],
];

/** What the key can do, by its kind. */
const NOTES: Readonly<Record<string, string>> = {
  support: 'Sees what became of messages, without their texts; recalls, and turns devices away.',
  push: 'Registers recipients, pushes messages, and asks what became of them.',
  same: 'Can do what the key you use can.',
  own: 'Can do what the entries of its scope say.',
};

const LIVES: ReadonlyArray<readonly [days: string, words: string]> = [
  ['', 'Until it is ended'],
  ['1', 'One day'],
  ['30', '30 days'],
  ['365', 'A year'],
];

/** Makes a key, and shows it this once. */
export function MakeKeyDialog({ onClose, onMade }: { onClose: () => void; onMade: () => void }) {
  const { ask, key } = useSession();
  const [form, setForm] = useState({ name: '', kind: 'support', scope: '', days: '' });
  const ids = { name: useId(), scope: useId() };
  const make = useMutation({
    mutationFn: () => ask(MAKE_KEY, { input: inputOf(form, key.apiKey.scope) }),
    onSuccess: onMade,
  });
  const change = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  return (
    <FormDialog
      title="Make a key"
      note="It can do no more than the key you use, and ends no later."
      action="Make it"
      busy={make.isPending}
      error={make.error}
      made={
        make.data && (
          <ShownOnce title="The new key" secret={make.data.createApiKey.secret} copy="Copy the key" onClose={onClose} />
        )
      }
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <div className="field">
        <label htmlFor={ids.name}>What it is for</label>
        <input
          id={ids.name}
          value={form.name}
          maxLength={128}
          placeholder="Night shift"
          onChange={(event) => change({ name: event.target.value })}
          autoComplete="off"
        />
      </div>
      <ChoiceField label="Who uses it" value={form.kind} choices={KINDS} onChoose={(kind) => change({ kind })} />
      <p className="dim">{NOTES[form.kind]}</p>
      {form.kind === 'own' && (
        <div className="field">
          <label htmlFor={ids.scope}>Entries of its scope, separated by spaces</label>
          <input
            id={ids.scope}
            value={form.scope}
            required
            spellCheck={false}
            placeholder="websockets-manager-api:query:messages"
            onChange={(event) => change({ scope: event.target.value })}
            autoComplete="off"
          />
        </div>
      )}
      <ChoiceField label="How long it works" value={form.days} choices={LIVES} onChoose={(days) => change({ days })} />
    </FormDialog>
  );
}

function inputOf({ name, kind, scope, days }: { name: string; kind: string; scope: string; days: string }, own: string) {
  const scopes: Record<string, string> = { same: own, own: scope.trim() };
  return {
    name: name.trim() === '' ? null : name.trim(),
    scope: scopes[kind] ?? scopeOfRole(kind as Role),
    expiresAt: days === '' ? null : new Date(Date.now() + Number(days) * DAY_MS).toISOString(),
  };
}
