import * as Dialog from '@radix-ui/react-dialog';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { type Role, scopeOfRole } from '../../../../core/domain/roles.js';
import { Button } from '../../components/button.js';
import { CopyButton } from '../../components/copy.js';
import { Problem } from '../../components/states.js';
import { useSession } from '../../data/key-session.js';
import { MAKE_KEY } from './keys-question.js';

const DAY_MS = 86_400_000;

/** What a new key can be for; `own` takes a scope as the API reads it. */
const KINDS: ReadonlyArray<readonly [kind: Role | 'same' | 'own', words: string]> = [
  ['support', 'Support: sees what became of messages, without their texts'],
  ['push', 'A backend: registers recipients and pushes messages'],
  ['same', 'The same as the key you use'],
  ['own', 'Something else: entries of a scope'],
];

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
  const ids = { name: useId(), kind: useId(), scope: useId(), days: useId() };
  const make = useMutation({
    mutationFn: () => ask(MAKE_KEY, { input: inputOf(form, key.apiKey.scope) }),
    onSuccess: onMade,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!make.isPending) make.mutate();
  };
  const change = (part: Partial<typeof form>) => setForm({ ...form, ...part });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="veil" />
        <Dialog.Content className="dialog">
          {make.data ? (
            <Made secret={make.data.createApiKey.secret} onClose={onClose} />
          ) : (
            <form onSubmit={submit}>
              <Dialog.Title className="dialog-title">Make a key</Dialog.Title>
              <Dialog.Description className="dim">It can do no more than the key you use, and ends no later.</Dialog.Description>
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
              <div className="field">
                <label htmlFor={ids.kind}>Who uses it</label>
                <select id={ids.kind} value={form.kind} onChange={(event) => change({ kind: event.target.value })}>
                  {KINDS.map(([kind, words]) => (
                    <option key={kind} value={kind}>
                      {words}
                    </option>
                  ))}
                </select>
              </div>
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
              <div className="field">
                <label htmlFor={ids.days}>How long it works</label>
                <select id={ids.days} value={form.days} onChange={(event) => change({ days: event.target.value })}>
                  {LIVES.map(([days, words]) => (
                    <option key={days} value={days}>
                      {words}
                    </option>
                  ))}
                </select>
              </div>
              {make.error && <Problem error={make.error} />}
              <div className="dialog-buttons">
                <Button onClick={onClose}>Leave it as it is</Button>
                <Button type="submit" look="primary" disabled={make.isPending}>
                  Make it
                </Button>
              </div>
            </form>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
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

const Made = ({ secret, onClose }: { secret: string; onClose: () => void }) => (
  <div className="made">
    <Dialog.Title className="dialog-title">The new key</Dialog.Title>
    <Dialog.Description>Copy it now: it is shown only this once.</Dialog.Description>
    <code className="secret">{secret}</code>
    <div className="dialog-buttons">
      <CopyButton text={secret}>Copy the key</CopyButton>
      <Button look="primary" onClick={onClose}>
        I have it
      </Button>
    </div>
  </div>
);
