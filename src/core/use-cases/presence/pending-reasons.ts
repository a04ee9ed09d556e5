import type { Clock } from '../../../lib/time/clock.js';
import type { Message } from '../../domain/message.js';
import type { PendingReason } from '../../domain/pending-reason.js';
import type { HeldConnection } from '../../domain/presence.js';
import { type BusAnswers, type MessageBus, recipientChannel } from '../../ports/message-bus.js';
import type { ActivityStore, LastActivity, RecipientAt } from '../../ports/stores/activity-store.js';
import {
  behindText,
  expiredText,
  moment,
  neverSeenClause,
  noReceiptText,
  notSeenText,
  onItsWayText,
  otherTopicClause,
  refusedClause,
  unknownText,
} from './reason-sentences.js';

export interface PendingReasonsDeps {
  store: Pick<ActivityStore, 'lastActivity'>;
  bus: Pick<MessageBus, 'ask'>;
  /** Gives the database's time. */
  clock: Clock;
  /** Keeps activity for so long, in milliseconds. */
  activityRetentionMs: number;
}

/** Carries the reason where it was asked for. */
export type ReasonedMessage = Message & { pendingReason?: PendingReason | null };

/** What has to be looked up in activity before a reason can be told. */
interface Unsettled {
  readonly place: number;
  readonly message: Message;
  readonly asked: RecipientAt;
}

/**
 * Tells why messages wait, with one round of questions to the nodes and one to the store, however many
 * messages there are.
 */
export async function withPendingReasons(
  deps: PendingReasonsDeps,
  tenantId: string,
  messages: readonly Message[],
): Promise<ReasonedMessage[]> {
  const answers = await askAbout(deps.bus, tenantId, messages);
  const now = deps.clock.now();
  const reasons: Array<PendingReason | null> = messages.map(() => null);
  const unsettled: Unsettled[] = [];
  for (const [place, message] of messages.entries()) {
    const { recipient, status, cancelledAt } = message;
    if (status === 'PENDING') {
      const reason = reasonOfPresence(message, answers.get(recipient) ?? NOT_ASKED, now);
      reasons[place] = reason;
      if (reason === null) unsettled.push({ place, message, asked: { recipient, at: null } });
    } else if (isMissed(message) && (cancelledAt as Date).getTime() > now - deps.activityRetentionMs) {
      unsettled.push({ place, message, asked: { recipient, at: cancelledAt } });
    }
  }
  const known = await deps.store.lastActivity(
    tenantId,
    unsettled.map(({ asked }) => asked),
  );
  for (const [i, { place, message }] of unsettled.entries()) {
    const last = known[i] ?? NOTHING_KNOWN;
    reasons[place] =
      message.status === 'PENDING'
        ? reasonOfAbsence(message, last, deps.activityRetentionMs)
        : reasonOfExpiry(message, last, deps.activityRetentionMs);
  }
  return messages.map((message, place) => ({ ...message, pendingReason: reasons[place] ?? null }));
}

const NOT_ASKED: BusAnswers = { answers: [], complete: false };
const NOTHING_KNOWN: LastActivity = { seenAt: null, open: [], refusal: null };

/** Whether it expired without a receipt. */
const isMissed = ({ cancelReason, deliveredAt }: Message): boolean => cancelReason === 'EXPIRED' && deliveredAt === null;

/** Id under which clients get a message. */
const sentAs = ({ id, globalMessageId }: Message): string => globalMessageId ?? id;

async function askAbout(
  bus: Pick<MessageBus, 'ask'>,
  tenantId: string,
  messages: readonly Message[],
): Promise<Map<string, BusAnswers>> {
  const byRecipient = new Map<string, string[]>();
  for (const message of messages) {
    if (message.status !== 'PENDING') continue;
    const ids = byRecipient.get(message.recipient);
    if (ids) ids.push(sentAs(message));
    else byRecipient.set(message.recipient, [sentAs(message)]);
  }
  const recipients = [...byRecipient.keys()];
  const questions = [...byRecipient].map(([recipient, ids]) => ({
    channel: recipientChannel(tenantId, recipient),
    question: { messages: ids },
  }));
  const answers = questions.length === 0 ? [] : await bus.ask(questions);
  return new Map(recipients.map((recipient, i) => [recipient, answers[i] ?? NOT_ASKED]));
}

/** Tells the reason by the connections that are there; null if there is none, and none can be missing. */
function reasonOfPresence(message: Message, { answers, complete }: BusAnswers, now: number): PendingReason | null {
  const { topic } = message;
  const connections = answers.flatMap((answer) => answer.connections);
  const matching = connections.filter((connection) => topic === null || connection.topic === topic);
  const written = matching.flatMap(({ owes }) => owes[sentAs(message)] ?? []);
  if (written.length > 0) {
    const at = Math.min(...written);
    return { code: 'NO_RECEIPT', since: new Date(at), text: noReceiptText(now - at) };
  }
  const stuck = matching.find(({ behind, waits }) => behind || waits);
  if (stuck) return { code: 'BEHIND', since: null, text: behindText(stuck) };
  const [there] = matching;
  if (there) return { code: 'ON_ITS_WAY', since: null, text: onItsWayText(new Date(there.since)) };
  if (!complete) return { code: 'UNKNOWN', since: null, text: unknownText };
  return topic === null || connections.length === 0 ? null : otherTopic(connections, topic);
}

function otherTopic(connections: readonly HeldConnection[], wanted: string): PendingReason {
  const topics = connections.map(({ topic }) => topic);
  const since = new Date(Math.min(...connections.map((connection) => connection.since)));
  return { code: 'OTHER_TOPIC', since, text: `Waiting: ${otherTopicClause(topics, wanted)}` };
}

/** The refusal, if nothing newer is known. */
const newestRefusal = ({ seenAt, refusal }: LastActivity) =>
  refusal !== null && (seenAt === null || refusal.at >= seenAt) ? refusal : null;

function reasonOfAbsence({ recipient, expiresAt }: Message, last: LastActivity, retentionMs: number): PendingReason {
  const refusal = newestRefusal(last);
  if (refusal) return { code: 'REFUSED', since: refusal.at, text: `Waiting: ${refusedClause(refusal)}` };
  const { seenAt } = last;
  const text = seenAt === null ? `Waiting: ${neverSeenClause(recipient, retentionMs)}` : notSeenText(seenAt, expiresAt);
  return { code: 'NOT_CONNECTED', since: seenAt, text };
}

/** Tells the last that activity knew when the message expired. */
function reasonOfExpiry(message: Message, last: LastActivity, retentionMs: number): PendingReason {
  const tell = (code: PendingReason['code'], since: Date | null, clause: string): PendingReason => ({
    ...{ code, since },
    text: expiredText(message.cancelledAt ?? message.createdAt, clause),
  });
  const { topic, recipient } = message;
  const { open, seenAt } = last;
  const refusal = newestRefusal(last);
  if (open.some((one) => topic === null || one === topic))
    return tell('UNKNOWN', seenAt, 'connected, but nothing was confirmed.');
  if (open.length > 0) return tell('OTHER_TOPIC', seenAt, otherTopicClause(open, topic ?? ''));
  if (refusal) return tell('REFUSED', refusal.at, refusedClause(refusal));
  if (seenAt === null) return tell('NOT_CONNECTED', null, neverSeenClause(recipient, retentionMs));
  return tell('NOT_CONNECTED', seenAt, `not seen since ${moment(seenAt)}.`);
}
