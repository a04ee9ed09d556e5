import { type FormEvent, useEffect, useId, useState } from 'react';
import { Button } from '../../components/button.js';
import { ICONS } from '../../components/icons.js';
import { PageHead } from '../../components/page-head.js';
import { Problem } from '../../components/states.js';
import { Time } from '../../components/time.js';
import { useSession } from '../../data/key-session.js';
import { linkTo } from '../../data/view-url.js';
import { type Happening, Trial, type TrialState } from './trial.js';

/** Lets somebody see a message arrive: this page is both the backend and the browser. */
export function TryItView() {
  const { ask, may } = useSession();
  const [trial, setTrial] = useState<Trial | null>(null);
  const [state, setState] = useState<TrialState>('idle');
  const [happenings, setHappenings] = useState<Happening[]>([]);
  useEffect(() => () => trial?.end(), [trial]);
  const begin = () => {
    setHappenings([]);
    const next = new Trial(ask, setState, (happening) => setHappenings((before) => [...before, happening]));
    setTrial(next);
    void next.connect();
  };
  const isOn = trial !== null && state !== 'idle';
  return (
    <div className="one-column">
      <PageHead
        title="Try it"
        tab="Try it"
        note="See a message arrive: this page connects as one of your users, and pushes as your backend."
      >
        {trial !== null && may('query', 'recipient') && (
          <a className="button button-plain" href={linkTo('/recipients', { name: trial.recipient })}>
            About this recipient
          </a>
        )}
      </PageHead>
      {!isOn && (
        <div className="state">
          <h2>Nothing is connected yet</h2>
          <p>
            A recipient with a name of its own is registered, and this page connects for it. What is left is recalled when you go.
          </p>
          <Button look="primary" onClick={begin}>
            Connect here
          </Button>
        </div>
      )}
      {isOn && (
        <>
          <PushForm onPush={(text) => void trial.push(text)} />
          <div className="deeds">
            {state === 'open' ? (
              <Button onClick={() => trial.disconnect()}>Disconnect</Button>
            ) : (
              <Button disabled={state === 'connecting'} onClick={() => void trial.connect()}>
                Connect again
              </Button>
            )}
            <span className="dim" role="status">
              {STATES[state]}
            </span>
          </div>
          <Story happenings={happenings} />
        </>
      )}
    </div>
  );
}

const STATES: Readonly<Record<TrialState, string>> = {
  idle: '',
  connecting: 'Connecting …',
  open: 'Connected.',
  closed: 'Not connected: what you push waits until this page is back.',
};

function PushForm({ onPush }: { onPush: (text: string) => void }) {
  const [text, setText] = useState('Your report is ready.');
  const id = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text !== '') onPush(text);
  };
  return (
    <form className="try-form" onSubmit={submit}>
      <div className="field">
        <label htmlFor={id}>Message</label>
        <input id={id} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" />
      </div>
      <Button type="submit" look="primary" disabled={text === ''}>
        Push it
      </Button>
    </form>
  );
}

const SHAPES = {
  registered: 'accepted',
  connected: 'came',
  pushed: 'accepted',
  received: 'forward',
  delivered: 'delivered',
  closed: 'went',
  failed: 'warning',
} as const;

const Story = ({ happenings }: { happenings: readonly Happening[] }) => (
  <ol className="time-line" aria-live="polite">
    {happenings.map((happening, i) => (
      <li key={i} className={`point point-${SHAPES[happening.what]}`}>
        {ICONS[SHAPES[happening.what]]}
        <div>
          {happening.error ? (
            <Problem error={happening.error} />
          ) : (
            <>
              {happening.what === 'received' ? (
                <>
                  This page got: “<bdi className="try-text">{happening.text}</bdi>”
                </>
              ) : (
                happening.text
              )}{' '}
              <Time at={happening.at} />
            </>
          )}
        </div>
      </li>
    ))}
  </ol>
);
