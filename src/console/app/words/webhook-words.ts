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

/** What an answer means, and what to do about it. */
type Meaning = readonly [words: string, todo: string];

const FAILED: Meaning = ['The receiver failed', 'Something went wrong in the receiver: its own log says what.'];
const AWAY: Meaning = ['The receiver is away', 'What stands before the receiver cannot reach it: see whether it runs.'];
const REFUSED: Meaning = ['Not accepted', 'The receiver did not take the request: its own log says why.'];
const NO_ENTRY: Meaning = [
  'Turned away',
  'The receiver let us not in. It has to take requests without a password, and to verify their signature with the secret of this webhook.',
];
const NOBODY: Meaning = ['Nobody takes it there', 'No receiver is at this address: see whether the address is right.'];

const MEANINGS: Readonly<Record<number, Meaning>> = {
  401: NO_ENTRY,
  403: NO_ENTRY,
  404: NOBODY,
  405: NOBODY,
  408: ['The receiver was too slow', 'Have it answer first and work afterwards.'],
  410: ['It wants no more', 'The receiver said that it is gone, so nothing more is sent. Once it is back, let it go on.'],
  413: ['Too large', 'The receiver takes no request of this size: put fewer events into one, or leave texts out.'],
  429: ['It asked us to wait', 'The receiver had too much to do. We come again when it said.'],
  502: AWAY,
  503: AWAY,
  504: AWAY,
};

function meaningOf({ httpStatus, error }: Attempted): Meaning {
  if (httpStatus === null) return [`No answer: ${error ?? 'nobody knows why'}`, noAnswerTodo(error ?? '')];
  if (hasSucceeded({ httpStatus, error })) return ['Taken', ''];
  if (httpStatus >= 300 && httpStatus < 400) {
    return ['It led elsewhere', 'We do not follow. Give the webhook the address that it leads to.'];
  }
  return MEANINGS[httpStatus] ?? (httpStatus >= 500 ? FAILED : REFUSED);
}

/** Says where to look, by the words in which the API says why no answer came. */
function noAnswerTodo(error: string): string {
  if (/^name not found/.test(error)) return 'No server has this name: see whether the address is right.';
  if (/certificate/.test(error)) return 'Its certificate is not valid for this name, has expired, or is its own.';
  if (/address not allowed/.test(error))
    return 'The address is not one of the public internet. Ask the operator of this service.';
  if (/^no answer within/.test(error)) return 'The receiver is too slow: have it answer first and work afterwards.';
  return 'See whether the receiver runs, and can be reached from the internet.';
}

/** Says in a few words how an attempt went: "Taken", "The receiver failed (500)". */
export function attemptWords(attempt: Attempted): string {
  const [words] = meaningOf(attempt);
  return hasSucceeded(attempt) || attempt.httpStatus === null ? words : `${words} (${attempt.httpStatus})`;
}

/** Says what to do where an attempt failed; empty if it did not. */
export const attemptTodo = (attempt: Attempted): string => meaningOf(attempt)[1];

/** Shows an address as a person names it: without the scheme that all have, nor what may be a secret. */
export function addressWords(url: string): string {
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol === 'https:' ? '' : `${protocol}//`}${host}${pathname === '/' ? '' : pathname}`;
}
