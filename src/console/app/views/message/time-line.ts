import type { IconName } from '../../components/icons.js';
import { type ActivityEntry, activitySentence, whoWords } from '../../words/activity-words.js';
import { outcomeOf } from '../../words/message-words.js';
import type { OneMessage } from './message-question.js';

/** One point in the life of a message. */
export interface Point {
  key: string;
  at: string;
  icon: IconName;
  sentence: string;
  /** Folded away, by name. */
  facts: ReadonlyArray<readonly [name: string, value: string | null]>;
}

const ICON_OF: Readonly<Record<string, IconName>> = { CONNECTED: 'came', DISCONNECTED: 'went', REFUSED: 'refused' };

/** Makes a point of what a recipient did. */
export const pointOf = (entry: ActivityEntry): Point => ({
  key: `${entry.kind}${entry.connectionId ?? ''}${entry.at}`,
  at: entry.lastAt,
  icon: ICON_OF[entry.kind] ?? 'came',
  sentence: activitySentence(entry),
  facts: [
    ['Site', entry.origin],
    ['Address', entry.sourceIp],
    ['Topic', entry.topic],
    ['Browser', entry.userAgent],
    ['Connection', entry.connectionId],
  ],
});

/** When the life of a message ended: the receipt may come after a recall. */
const endOf = ({ deliveredAt, cancelledAt }: OneMessage): number =>
  Math.max(...[deliveredAt, cancelledAt].map((at) => (at === null ? Number.NEGATIVE_INFINITY : Date.parse(at))));

/**
 * Tells the life of a message, newest below, and the last that the recipient did before it.
 *
 * @param known whose key recalled it, and when it became overdue, if that is known
 */
export function timeLine(
  message: OneMessage,
  activity: readonly ActivityEntry[],
  { recalledBy, overdueAt }: { recalledBy: string | null; overdueAt: string | null },
): Point[] {
  const begin = Date.parse(message.createdAt);
  const end = endOf(message);
  const until = end === Number.NEGATIVE_INFINITY ? Number.POSITIVE_INFINITY : end;
  // Newest first, as the API tells it.
  const before = activity.find(({ lastAt }) => Date.parse(lastAt) < begin);
  const meanwhile = activity.filter(({ at, lastAt }) => Date.parse(lastAt) >= begin && Date.parse(at) <= until);
  const points = [
    accepted(message),
    ...[...(before ? [before] : []), ...meanwhile].map(pointOf),
    ...(overdueAt === null ? [] : [overdue(overdueAt)]),
    ...outcomes(message, recalledBy),
  ];
  return points.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function accepted({ createdAt, topic, globalMessageId, expiresAt, id }: OneMessage): Point {
  const sentence = globalMessageId === null ? 'Accepted.' : 'Accepted, as part of a message to everybody.';
  return {
    ...{ key: 'accepted', at: createdAt, icon: 'accepted', sentence },
    facts: [
      ['Topic', topic],
      ['Until', expiresAt],
      ['Id', id],
    ],
  };
}

const overdue = (at: string): Point => ({
  ...{ key: 'overdue', at, icon: 'warning', sentence: 'Overdue: it should have been delivered by then.', facts: [] },
});

const outcomes = (message: OneMessage, recalledBy: string | null): Point[] => [
  ...ended(message, recalledBy),
  ...delivered(message),
];

function ended(message: OneMessage, recalledBy: string | null): Point[] {
  const { cancelledAt } = message;
  const outcome = outcomeOf(message);
  if (cancelledAt === null) return [];
  const recalled = recalledBy === null ? 'Recalled.' : `Recalled by “${recalledBy}”.`;
  return [{ key: 'ended', at: cancelledAt, icon: outcome, sentence: outcome === 'expired' ? 'Expired.' : recalled, facts: [] }];
}

function delivered({ deliveredAt, receipt, deliveredTo }: OneMessage): Point[] {
  if (deliveredAt === null) return [];
  const who = deliveredTo && (deliveredTo.userAgent ?? deliveredTo.origin) ? ` (${whoWords(deliveredTo)})` : '';
  const proof = receipt === 'ACK' ? 'The page confirmed that it handled it' : 'The browser confirmed it';
  return [
    {
      ...{ key: 'delivered', at: deliveredAt, icon: 'delivered', sentence: `${proof}${who}.` },
      facts: deliveredTo === null ? [] : factsOf(deliveredTo),
    },
  ];
}

const factsOf = ({
  origin,
  sourceIp,
  topic,
  userAgent,
  since,
  connectionId,
}: NonNullable<OneMessage['deliveredTo']>): Point['facts'] => [
  ['Site', origin],
  ['Address', sourceIp],
  ['Topic', topic],
  ['Browser', userAgent],
  ['Connected since', since],
  ['Connection', connectionId],
];
