import { browserWords } from './browser-words.js';
import { agoWords, inReadersZone, momentWords } from './time-words.js';

type PendingCode =
  | ('NOT_CONNECTED' | 'OTHER_TOPIC' | 'REFUSED' | 'NO_RECEIPT' | 'BEHIND' | 'ON_ITS_WAY' | 'UNKNOWN')
  // A word of a later version.
  | (string & {});

/** What a list knows of a message's fate. */
export interface FateInShort {
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  receipt: 'PONG' | 'ACK' | null;
  cancelReason: 'RECALLED' | 'EXPIRED' | null;
  deliveredAt: string | null;
  cancelledAt: string | null;
  pendingReason: { code: PendingCode; since: string | null } | null;
  deliveredTo: { userAgent: string | null } | null;
}

/** What is known of a message's fate. */
export interface Fate extends FateInShort {
  recipient: string;
  expiresAt: string | null;
  pendingReason: { code: PendingCode; since: string | null; text: string } | null;
  deliveredTo: { userAgent: string | null; origin: string | null } | null;
}

/** What became of a message, as one word. `late`: recalled or expired, but a browser had it. */
export type Outcome = 'delivered' | 'waiting' | 'recalled' | 'expired';

export function outcomeOf({ status, cancelReason }: Pick<Fate, 'status' | 'cancelReason'>): Outcome {
  if (status === 'DELIVERED') return 'delivered';
  if (status === 'PENDING') return 'waiting';
  return cancelReason === 'EXPIRED' ? 'expired' : 'recalled';
}

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  delivered: 'Delivered',
  waiting: 'Waiting',
  recalled: 'Recalled',
  expired: 'Expired',
};

const PROOF: Readonly<Record<string, string>> = {
  PONG: 'The browser confirmed it.',
  ACK: 'The page confirmed that it handled it.',
};

const at = (moment: string): Date => new Date(moment);

/** Says what became of a message in one sentence, for somebody on the telephone. */
export function fateSentence(fate: Fate, now: number): string {
  const { receipt, deliveredAt, cancelledAt, pendingReason } = fate;
  switch (outcomeOf(fate)) {
    case 'delivered':
      return `Delivered ${agoWords(at(deliveredAt ?? ''), now)}. ${PROOF[receipt ?? ''] ?? ''}`.trim();
    case 'waiting':
      return pendingReason ? inReadersZone(pendingReason.text, now) : 'Waiting.';
    case 'recalled':
      return deliveredAt === null
        ? `Recalled ${agoWords(at(cancelledAt ?? ''), now)}, before it was delivered.`
        : 'Recalled, but a browser had it already.';
    case 'expired': {
      if (deliveredAt !== null) return `Expired ${momentWords(at(cancelledAt ?? ''), now)}, but a browser has it all the same.`;
      if (pendingReason) return inReadersZone(pendingReason.text, now);
      return `Not delivered: it expired ${momentWords(at(cancelledAt ?? ''), now)}.`;
    }
  }
}

/** Says of a message that waits that it should have been delivered by now. */
export const overdueSentence = (overdueAt: string, now: number): string =>
  `Overdue since ${momentWords(at(overdueAt), now)}: it should have been delivered by then.`;

const WAITS: Readonly<Record<string, string>> = {
  OTHER_TOPIC: 'Connected for another topic',
  REFUSED: 'Their page is turned away',
  NO_RECEIPT: 'Sent, not confirmed yet',
  BEHIND: 'Waits behind others',
  ON_ITS_WAY: 'On its way',
};

function waitingFact({ pendingReason }: FateInShort, now: number): string {
  if (pendingReason === null) return '';
  const { code, since } = pendingReason;
  if (code === 'NOT_CONNECTED') return since === null ? 'Not seen lately' : `Not seen since ${momentWords(at(since), now)}`;
  return WAITS[code] ?? 'We cannot say why';
}

/** Returns the one fact that matters in a list: on what it was delivered, or why it waits. */
export function fateFact(fate: FateInShort, now: number): string {
  switch (outcomeOf(fate)) {
    case 'delivered':
      return (
        browserWords(fate.deliveredTo?.userAgent ?? null) ??
        (fate.receipt === 'ACK' ? 'The page confirmed it' : 'The browser confirmed it')
      );
    case 'waiting':
      return waitingFact(fate, now);
    default:
      return fate.deliveredAt === null ? 'Not delivered' : 'A browser had it already';
  }
}
