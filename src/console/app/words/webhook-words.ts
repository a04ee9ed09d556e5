import { agoWords, counted, momentWords } from './time-words.js';

/** What the console knows of how a webhook does. */
export interface WebhookHealth {
  state: 'ACTIVE' | 'FAILING' | 'PAUSED' | 'DISABLED' | (string & {});
  stateReason: string | null;
  lastSuccessAt: string | null;
  failingSince: string | null;
  waiting: number;
}

/** Shape and colour of a state. */
type HealthShape = 'delivered' | 'waiting' | 'recalled' | 'expired' | 'refused';

/** The API counts what waits up to so many. */
const COUNTED = 100_000;

const at = (moment: string): Date => new Date(moment);

/** Says in a word how a webhook does. One that works may have failed just now. */
export function healthWord({ state, failingSince }: Pick<WebhookHealth, 'state' | 'failingSince'>): {
  shape: HealthShape;
  word: string;
} {
  if (state === 'ACTIVE') {
    return failingSince === null ? { shape: 'delivered', word: 'Working' } : { shape: 'waiting', word: 'Retrying' };
  }
  if (state === 'FAILING') return { shape: 'expired', word: 'Failing' };
  if (state === 'PAUSED') return { shape: 'recalled', word: 'Paused' };
  return { shape: 'refused', word: 'Off' };
}

/** Counts events that wait: "12 events", "100,000 events or more". */
export const waitingWords = (waiting: number): string => `${counted(waiting, 'event')}${waiting >= COUNTED ? ' or more' : ''}`;

const reasonWords = ({ stateReason }: WebhookHealth): string => (stateReason === null ? '' : `: ${stateReason}`);

function waitWords({ waiting }: WebhookHealth): string {
  if (waiting === 0) return 'What comes waits for it, for as long as status events are kept.';
  return `${waitingWords(waiting)} ${waiting === 1 ? 'waits' : 'wait'} for it, for as long as status events are kept.`;
}

/** Says in one or two sentences how a webhook does, and what to do about it. */
export function healthSentence(webhook: WebhookHealth, now: number): string {
  const { state, lastSuccessAt, failingSince } = webhook;
  switch (state) {
    case 'ACTIVE':
      if (failingSince !== null) return `Failing since ${momentWords(at(failingSince), now)}. It is tried again by itself.`;
      return lastSuccessAt === null
        ? 'Ready: nothing was sent to it yet.'
        : `Works: it took what it was told ${agoWords(at(lastSuccessAt), now)}.`;
    case 'FAILING':
      return `Failing${failingSince === null ? '' : ` since ${momentWords(at(failingSince), now)}`}${reasonWords(webhook)}. Only the oldest request is tried; the others follow once it is taken.`;
    case 'PAUSED':
      return `Paused. ${waitWords(webhook)}`;
    default:
      return `Switched off${reasonWords(webhook)}. Mend the receiver, then let it go on. ${waitWords(webhook)}`;
  }
}

interface Attempted {
  httpStatus: number | null;
  error: string | null;
}

export const hasSucceeded = ({ httpStatus, error }: Attempted): boolean =>
  error === null && httpStatus !== null && httpStatus >= 200 && httpStatus < 300;

/** Says in a few words how an attempt went: "Answered 204", "No answer: connection refused". */
export function attemptWords({ httpStatus, error }: Attempted): string {
  if (httpStatus === null) return `No answer: ${error ?? 'nobody knows why'}`;
  return `Answered ${httpStatus}${error === null ? '' : `: ${error}`}`;
}

/** Shows an address as a person names it: without the scheme that all have, nor what may be a secret. */
export function addressWords(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol === 'https:' ? '' : `${protocol}//`}${host}${pathname === '/' ? '' : pathname}`;
}
