import { type ReactNode, useEffect, useState } from 'react';
import { ApiFailure, type FailureKind } from '../data/api-failure.js';
import { Button } from './button.js';
import { ShortId } from './copy.js';
import { ICONS } from './icons.js';

/** Shows nothing before so long, in milliseconds: what comes at once needs no sign of waiting. */
const PATIENCE_MS = 150;

function useAfter(ms: number): boolean {
  const [passed, setPassed] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setPassed(true), ms);
    return () => clearTimeout(timer);
  }, [ms]);
  return passed;
}

interface LoadingProps {
  /** The shape of what comes. */
  shape?: 'rows' | 'page' | 'line';
  /** Why the answer has not come yet, if a first try has failed. */
  trouble?: Error | null;
}

const LINES = { rows: 8, page: 5, line: 1 } as const;

export function Loading({ shape = 'rows', trouble = null }: LoadingProps) {
  const visible = useAfter(PATIENCE_MS);
  if (!visible) return <div className="loading" aria-busy="true" />;
  return (
    <div className={`loading loading-${shape}`} role="status" aria-busy="true">
      <span className="unseen">Loading …</span>
      {Array.from({ length: LINES[shape] }, (_, i) => (
        <div key={i} className="bone" />
      ))}
      {trouble && <p className="dim">{TROUBLE[kindOf(trouble)] ?? 'It takes longer than usual …'}</p>}
    </div>
  );
}

const kindOf = (error: unknown): FailureKind => (error instanceof ApiFailure ? error.kind : 'fault');

const TROUBLE: Partial<Record<FailureKind, string>> = {
  busy: 'Too many questions at once: trying again in a moment …',
  away: 'The service cannot answer at the moment: trying again …',
  unreachable: 'No answer yet: trying again …',
};

interface Said {
  what: string;
  todo: string;
}

const SAYINGS: Readonly<Record<FailureKind, (error: Error) => Said>> = {
  unauthenticated: () => ({ what: 'This key no longer works.', todo: 'Enter another one.' }),
  forbidden: () => ({ what: 'Your key does not include this.', todo: 'Ask whoever gave you the key for one that does.' }),
  busy: (error) => ({ what: 'Too many questions were asked of us at once.', todo: `Wait ${waitWords(error)}, then try again.` }),
  away: (error) =>
    error.message.includes('SECRETS_KEY')
      ? { what: 'Webhooks cannot have secrets here yet.', todo: 'Ask the operator of this service to set SECRETS_KEY.' }
      : { what: 'The service cannot reach its database.', todo: 'Try again in a moment; tell the operator if it lasts.' },
  unreachable: () => ({ what: 'No answer came.', todo: 'Look at your network, then try again.' }),
  refused: (error) => ({ what: 'This is refused.', todo: `The service said: ${plainMessage(error)}` }),
  gone: () => ({ what: 'What follows here is no longer kept.', todo: 'Begin with the oldest that is.' }),
  fault: () => ({ what: 'Something went wrong on our side.', todo: 'Try again. If it stays so, tell the operator this number:' }),
};

/** Names fields as a form does, not by their path. */
const plainMessage = ({ message }: Error): string => `${message.replace(/\binput\.(?=\w)/g, '').replace(/\.$/, '')}.`;

function waitWords(error: Error): string {
  const ms = error instanceof ApiFailure ? error.facts.retryAfterMs : undefined;
  return ms === undefined ? 'a moment' : `${Math.ceil(ms / 1_000)} s`;
}

interface ProblemProps {
  error: Error;
  onRetry?: () => void;
}

/** Says what happened, what to do, and the number of the request. */
export function Problem({ error, onRetry }: ProblemProps) {
  const kind = kindOf(error);
  const { what, todo } = SAYINGS[kind](error);
  const requestId = error instanceof ApiFailure ? error.facts.requestId : null;
  return (
    <div className="state" role="alert">
      {ICONS.warning}
      <h2>{what}</h2>
      <p>{todo}</p>
      {requestId && kind !== 'forbidden' && (
        <p className="dim">
          Request <ShortId id={requestId} what="request's number" />
        </p>
      )}
      {onRetry && kind !== 'forbidden' && kind !== 'refused' && (
        <Button icon="renew" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Says what would be here, and how to make it be. */
export function Empty({ title, level = 2, children }: { title: ReactNode; level?: 1 | 2; children?: ReactNode }) {
  const Heading = `h${level}` as const;
  return (
    <div className="state">
      <Heading>{title}</Heading>
      {children}
    </div>
  );
}

/** Stands in place of a view that the key does not include. */
export const Forbidden = () => (
  <div className="state">
    {ICONS.refused}
    <h1>Your key does not include this.</h1>
    <p>Ask whoever gave you the key for one that does. What your key includes is in the menu above.</p>
  </div>
);
