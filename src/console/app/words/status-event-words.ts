import type { Outcome } from './message-words.js';

/** What a status event tells of a message. */
export interface ToldFacts {
  type: 'DELIVERED' | 'RECALLED' | 'EXPIRED' | 'OVERDUE' | 'LATE_RECEIPT' | (string & {});
  receipt: 'PONG' | 'ACK' | null;
  cancelReason: 'RECALLED' | 'EXPIRED' | null;
}

interface EventWords {
  /** The shape beside the word. */
  shape: Outcome;
  word: string;
  fact: (event: ToldFacts) => string;
}

const confirmedBy = ({ receipt }: ToldFacts): string =>
  receipt === 'ACK' ? 'The page confirmed it' : 'The browser confirmed it';

const EVENTS: Readonly<Record<string, EventWords>> = {
  DELIVERED: { shape: 'delivered', word: 'Delivered', fact: confirmedBy },
  RECALLED: { shape: 'recalled', word: 'Recalled', fact: () => 'Before it was delivered' },
  EXPIRED: { shape: 'expired', word: 'Expired', fact: () => 'Nobody confirmed it in time' },
  OVERDUE: { shape: 'waiting', word: 'Overdue', fact: () => 'It waited too long' },
  LATE_RECEIPT: {
    shape: 'delivered',
    word: 'Came late',
    fact: ({ cancelReason }) => `${cancelReason === 'EXPIRED' ? 'Expired' : 'Recalled'}, but a browser has it`,
  },
};

/** Says of a status event what happened: a shape, a word, and the one fact that matters. */
export function eventWords(event: ToldFacts): { shape: Outcome; word: string; fact: string } {
  const { shape, word, fact } = EVENTS[event.type] ?? { shape: 'waiting', word: plain(event.type), fact: () => '' };
  return { shape, word, fact: fact(event) };
}

/** Writes a word of a later version as it is read: "SENT_BACK" is "Sent back". */
const plain = (code: string): string => `${code.charAt(0)}${code.slice(1).toLowerCase().replaceAll('_', ' ')}`;

/** Kinds of events, for filters and for what a webhook is told. */
export const EVENT_KINDS: ReadonlyArray<readonly [type: string, word: string]> = Object.entries(EVENTS).map(
  ([type, { word }]) => [type, word] as const,
);

/** Says in a few words of what a webhook is told: "Delivered, expired". */
export function toldWords(events: readonly string[]): string {
  if (EVENT_KINDS.every(([type]) => events.includes(type))) return 'Everything';
  const words = events.map((type) => (EVENTS[type]?.word ?? plain(type)).toLowerCase()).join(', ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
