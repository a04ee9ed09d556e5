import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { CheckField } from '../../components/dialogs/check-field.js';
import { FormDialog } from '../../components/dialogs/form-dialog.js';
import { ShownOnce } from '../../components/dialogs/shown-once.js';
import type { Ask } from '../../data/api-client.js';
import { useSession } from '../../data/key-session.js';
import { EVENT_KINDS } from '../../words/status-event-words.js';
import { CREATE_WEBHOOK, ROTATE_SECRET, UPDATE_WEBHOOK, type WebhookRow, type WebhookSettings } from './webhooks-question.js';

/** Events of one request, at most. */
const MOST_EVENTS = 500;

const NEW: WebhookSettings = {
  url: '',
  events: ['DELIVERED', 'EXPIRED'],
  description: '',
  includeText: false,
  maxBatch: 1,
  globals: false,
};

interface WebhookFormProps {
  /** Null: a new one is made. */
  webhook: WebhookRow | null;
  onClose: () => void;
  onDone: () => void;
}

/** Makes or changes a webhook. A secret that comes of it is shown this once. */
export function WebhookForm({ webhook, onClose, onDone }: WebhookFormProps) {
  const { ask, may } = useSession();
  const [form, setForm] = useState<WebhookSettings>(() => (webhook === null ? NEW : settingsOf(webhook)));
  const change = (part: Partial<WebhookSettings>) => setForm({ ...form, ...part });
  const mayRotate = may('mutation', 'rotateWebhookSecret');
  const save = useMutation({
    mutationFn: () => (webhook === null ? make(ask, form) : update(ask, { webhook, form, mayRotate })),
    onSuccess: (secret) => {
      onDone();
      if (secret === null) onClose();
    },
  });
  const moves = webhook !== null && form.url !== webhook.url;
  return (
    <FormDialog
      title={webhook === null ? 'Make a webhook' : 'Change this webhook'}
      note="Requests are signed as Standard Webhooks says. What becomes known from now on is told."
      action={webhook === null ? 'Make it' : 'Change it'}
      busy={save.isPending}
      incomplete={form.events.length === 0}
      error={save.error}
      made={
        save.data && (
          <ShownOnce title="Its secret" secret={save.data} copy="Copy the secret" onClose={onClose}>
            <p>The receiver needs it to tell our requests from others’.</p>
          </ShownOnce>
        )
      }
      onSubmit={() => save.mutate()}
      onClose={onClose}
    >
      <Address
        value={form.url}
        onChange={(url) => change(webhook !== null && url !== webhook.url ? { url, includeText: false } : { url })}
      >
        {moves && (
          <p className="dim">
            Another address gets another secret, and the present one ends at once.{' '}
            {mayRotate ? 'You are shown the new one.' : 'Ask for the new one: your key does not include making it.'}
          </p>
        )}
      </Address>
      <Purpose value={form.description} onChange={(description) => change({ description })} />
      <Kinds chosen={form.events} onChange={(events) => change({ events })} />
      <Extras form={form} onChange={change} />
    </FormDialog>
  );
}

const settingsOf = ({ url, events, description, includeText, maxBatch, globals }: WebhookRow): WebhookSettings => ({
  ...{ url, events, includeText, maxBatch, globals },
  description: description ?? '',
});

const make = async (ask: Ask, form: WebhookSettings): Promise<string | null> =>
  (await ask(CREATE_WEBHOOK, { input: form })).createWebhook.secret;

interface Update {
  webhook: WebhookRow;
  form: WebhookSettings;
  mayRotate: boolean;
}

/** Changes a webhook; one that moved got a secret that nobody knows, so another is made at once. */
async function update(ask: Ask, { webhook: { id, url }, form, mayRotate }: Update): Promise<string | null> {
  const { url: wanted, ...rest } = form;
  const moves = wanted !== url;
  await ask(UPDATE_WEBHOOK, { input: { id, ...rest, ...(moves ? { url: wanted } : {}) } });
  if (!moves || !mayRotate) return null;
  return (await ask(ROTATE_SECRET, { id, overlapSeconds: 0 })).rotateWebhookSecret?.secret ?? null;
}

interface FieldProps {
  value: string;
  onChange: (value: string) => void;
  children?: ReactNode;
}

function Address({ value, onChange, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Address</label>
      <input
        id={id}
        type="url"
        required
        value={value}
        placeholder="https://example.org/tidings"
        onChange={(event) => onChange(event.target.value.trim())}
        autoComplete="off"
        spellCheck={false}
      />
      {children}
    </div>
  );
}

function Purpose({ value, onChange }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>What it is for</label>
      <input
        id={id}
        value={value}
        maxLength={1_024}
        placeholder="Keeps the shop up to date"
        onChange={(event) => onChange(event.target.value)}
        autoComplete="off"
      />
    </div>
  );
}

function Kinds({ chosen, onChange }: { chosen: readonly string[]; onChange: (events: string[]) => void }) {
  const known = EVENT_KINDS.map(([type]) => type);
  // What a later version tells of is kept as it is.
  const others = chosen.filter((type) => !known.includes(type));
  const toggle = (type: string, on: boolean) =>
    onChange([...known.filter((one) => (one === type ? on : chosen.includes(one))), ...others]);
  return (
    <fieldset className="choices">
      <legend>What it is told of</legend>
      {EVENT_KINDS.map(([type, word]) => (
        <CheckField key={type} checked={chosen.includes(type)} onChange={(on) => toggle(type, on)}>
          {word}
        </CheckField>
      ))}
    </fieldset>
  );
}

function Extras({ form, onChange }: { form: WebhookSettings; onChange: (part: Partial<WebhookSettings>) => void }) {
  const id = useId();
  return (
    <>
      <div className="choices choices-long">
        <CheckField checked={form.globals} onChange={(globals) => onChange({ globals })}>
          Also of messages to everybody: one event for each recipient
        </CheckField>
        <CheckField checked={form.includeText} onChange={(includeText) => onChange({ includeText })}>
          With the texts of messages
        </CheckField>
      </div>
      <div className="field">
        <label htmlFor={id}>Events in one request, at most</label>
        <input
          id={id}
          type="number"
          min={1}
          max={MOST_EVENTS}
          required
          value={form.maxBatch}
          onChange={(event) => onChange({ maxBatch: event.target.valueAsNumber || 1 })}
        />
      </div>
    </>
  );
}
