import type { RefusalReason } from '../../domain/activity.js';
import type { HeldConnection } from '../../domain/presence.js';
import type { LastRefusal } from '../../ports/stores/activity-store.js';

// Sentences for support staff who know neither tokens nor sockets. They say what to do where there is
// something to do, and quote no message.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Names this many topics, at most. */
const NAMED_TOPICS = 10;

const counted = (count: number, unit: string): string => `${count} ${unit}${count === 1 ? '' : 's'}`;

/** Writes a length of time in its largest unit. */
function duration(ms: number): string {
  if (ms < MINUTE_MS) return counted(Math.max(0, Math.floor(ms / SECOND_MS)), 'second');
  if (ms < HOUR_MS) return counted(Math.floor(ms / MINUTE_MS), 'minute');
  return ms < 2 * DAY_MS ? counted(Math.floor(ms / HOUR_MS), 'hour') : counted(Math.floor(ms / DAY_MS), 'day');
}

const MOMENT = new Intl.DateTimeFormat('en-GB', {
  ...({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' } as const),
  timeZone: 'GMT',
});

/** Writes a moment such as "Tuesday, 24 November 2026, 14:02 GMT". */
export function moment(at: Date): string {
  const part = Object.fromEntries(MOMENT.formatToParts(at).map(({ type, value }) => [type, value]));
  return `${part.weekday}, ${part.day} ${part.month} ${part.year}, ${part.hour}:${part.minute} GMT`;
}

const quoted = (text: string): string => `"${text}"`;

export const noReceiptText = (ageMs: number): string =>
  `Sent ${duration(ageMs)} ago, not confirmed yet. If this stays so, something between us and the browser swallows answers.`;

export function behindText({ waits, unconfirmed }: Pick<HeldConnection, 'waits' | 'unconfirmed'>): string {
  if (waits) return 'Waiting: our database is slow at the moment, and nothing new is sent before it has caught up.';
  if (unconfirmed === 0) return 'Waiting: this browser is slow to take what was sent to it before.';
  return `Waiting behind ${counted(unconfirmed, 'other')} that this browser has not confirmed.`;
}

export const onItsWayText = (since: Date): string =>
  `On its way: connected since ${moment(since)}, and it is about to be sent. Look again in a moment.`;

export const unknownText = 'Waiting. One of our servers did not answer, so we cannot say why. Ask again in a moment.';

/** Says for which topics a recipient is connected, where none is that of the message. */
export function otherTopicClause(topics: ReadonlyArray<string | null>, wanted: string): string {
  const names = [...new Set(topics.filter((topic) => topic !== null))].map(quoted);
  const more = names.length > NAMED_TOPICS ? ` and ${names.length - NAMED_TOPICS} more` : '';
  const listed = names.length === 0 ? 'for no topic' : `only for ${names.slice(0, NAMED_TOPICS).join(', ')}${more}`;
  return `connected, but ${listed}. This message is for ${quoted(wanted)}.`;
}

const REFUSED: Record<RefusalReason, (refusal: LastRefusal) => string> = {
  TOKEN_EXPIRED: () => 'their page keeps trying with a token that has expired',
  TOKEN_REVOKED: () => 'their page was turned away because its token was revoked',
  ORIGIN: ({ origin }) =>
    origin === null
      ? 'their page was turned away because it does not say on which site it runs'
      : `their page was turned away because it runs on ${origin}, which its token does not allow`,
  SOURCE_IP: ({ sourceIp }) =>
    `their page was turned away because it came from ${sourceIp ?? 'an unknown address'}, which its token does not allow`,
  LIMIT: () => 'their page was turned away because too many connections were open',
};

const ADVICE: Record<RefusalReason, string> = {
  TOKEN_EXPIRED: 'The page needs a new one.',
  TOKEN_REVOKED: 'The page needs a new one.',
  ORIGIN: 'Register the recipient for that site, or have them use the right one.',
  SOURCE_IP: 'Register the recipient for that address, or have them use the right network.',
  LIMIT: 'Close some of them, or raise the limit.',
};

/** Says why the newest attempt was refused, and when. */
export const refusedClause = (refusal: LastRefusal): string =>
  `${REFUSED[refusal.reason](refusal)} (last on ${moment(refusal.at)}). ${ADVICE[refusal.reason]}`;

/** @param retentionMs for how long comings and goings are kept; 0: not at all */
export function neverSeenClause(recipient: string, retentionMs: number): string {
  const name = quoted(recipient);
  if (retentionMs === 0) return `nobody called ${name} is connected. Is the name right?`;
  return `nobody called ${name} has connected in the last ${duration(retentionMs)}. Is the name right?`;
}

export function notSeenText(seenAt: Date, expiresAt: Date | null): string {
  const until = expiresAt === null ? '' : `, until ${moment(expiresAt)}`;
  return `Waiting: not seen since ${moment(seenAt)}. It will be delivered when they come back${until}.`;
}

/** @param clause what was known until then, with its full stop */
export const expiredText = (expiredAt: Date, clause: string): string =>
  `Not delivered: it expired on ${moment(expiredAt)}. Until then: ${clause}`;
