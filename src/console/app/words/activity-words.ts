import { browserWords } from './browser-words.js';
import { counted, lengthOfTime } from './time-words.js';

export interface ActivityEntry {
  at: string;
  lastAt: string;
  times: number;
  kind: 'CONNECTED' | 'DISCONNECTED' | 'REFUSED' | (string & {});
  connectionId: string | null;
  connectedSeconds: number | null;
  reason: string | null;
  detail: string | null;
  topic: string | null;
  sourceIp: string | null;
  origin: string | null;
  userAgent: string | null;
}

const REFUSED: Readonly<Record<string, (entry: ActivityEntry) => string>> = {
  TOKEN_EXPIRED: () => 'its token has expired, and it needs a new one',
  TOKEN_REVOKED: () => 'its token was revoked',
  ORIGIN: ({ origin }) =>
    origin ? `it runs on ${origin}, which its token does not allow` : 'it does not say on which site it runs',
  SOURCE_IP: ({ sourceIp }) => `it came from ${sourceIp ?? 'an unknown address'}, which its token does not allow`,
  LIMIT: () => 'too many connections were open',
};

/** Names who came: "Chrome on Windows, from https://app.example.org". */
export function whoWords({ userAgent, origin }: Pick<ActivityEntry, 'userAgent' | 'origin'>): string {
  const from = origin === null ? '' : `, from ${origin}`;
  return `${browserWords(userAgent) ?? 'A device'}${from}`;
}

/** Says in one sentence what happened. */
export function activitySentence(entry: ActivityEntry): string {
  const { kind, topic, connectedSeconds, detail, reason, times } = entry;
  if (kind === 'CONNECTED') return `Came: ${whoWords(entry)}${topic === null ? '' : `, for “${topic}”`}.`;
  if (kind === 'DISCONNECTED') {
    const stayed = connectedSeconds === null ? '' : ` after ${lengthOfTime(connectedSeconds * 1_000)}`;
    return `Left${stayed}${detail === null ? '' : `: ${detail}`}.`;
  }
  if (kind === 'REFUSED') {
    const why = REFUSED[reason ?? '']?.(entry) ?? 'for a reason that this page does not know';
    return `Turned away${times > 1 ? ` ${counted(times, 'time')}` : ''}: ${why}.`;
  }
  return `${kind.charAt(0)}${kind.slice(1).toLowerCase()}.`;
}
