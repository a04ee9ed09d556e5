import { whoWords } from './activity-words.js';
import { agoWords, counted, momentWords } from './time-words.js';

interface Presence {
  connections: ReadonlyArray<{ since: string; userAgent: string | null; origin: string | null }>;
  complete: boolean;
  lastSeenAt: string | null;
}

/** Says in one sentence whether a recipient is there. */
export function presenceSentence({ connections, complete, lastSeenAt }: Presence, now: number): string {
  const [first] = connections;
  if (connections.length === 1 && first) return `Connected since ${momentWords(new Date(first.since), now)}: ${whoWords(first)}.`;
  if (connections.length > 1) return `Connected on ${counted(connections.length, 'device or tab', 'devices or tabs')}.`;
  if (!complete) return 'One of our servers did not answer, so we cannot say whether they are connected.';
  if (lastSeenAt === null) return 'Not connected, and not seen lately. Is the name right?';
  return `Not connected. Last seen ${agoWords(new Date(lastSeenAt), now)}.`;
}
