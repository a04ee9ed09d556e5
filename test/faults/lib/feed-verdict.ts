import { withClient } from '../../../src/store/database/migrations.js';
import type { ReadEvent } from './feed-reader.js';

/** A message as it is stored in the end. */
interface Stored {
  id: string;
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  reason: 'RECALLED' | 'EXPIRED' | null;
  received: boolean;
}

interface Recorded {
  type: string;
  message: string;
}

export interface FeedVerdict {
  events: number;
  /** Settlements and late receipts that have no event. */
  missing: string[];
  /** Events of something that did not happen to their message, or of a message that is not there. */
  invented: string[];
  doubles: string[];
  /** Messages whose events came in an order in which it cannot have happened. */
  disordered: string[];
}

const MESSAGES = `
  SELECT m.id, m.status, m.cancel_reason AS reason, m.delivered_at IS NOT NULL AS received FROM messages m JOIN tenants t ON t.id = m.tenant_id
  WHERE t.name = 'default' AND m.created_at >= $1`;
const EVENTS = `
  SELECT e.type, e.message_id AS message FROM status_events e JOIN tenants t ON t.id = e.tenant_id WHERE t.name = 'default' ORDER BY e.number`;
const LEFT = 'SELECT (SELECT count(*)::int FROM status_event_inbox) + (SELECT count(*)::int FROM overdue_checks) AS left';

/** How many events wait for their numbers, and messages for a look at them. */
export const leftToTell = (databaseUrl: string): Promise<number> =>
  withClient(databaseUrl, async (client) => (await client.query<{ left: number }>(LEFT)).rows[0]?.left ?? 0);

/** What must have been told of a message, in this order, beside OVERDUE. */
function expectedOf({ status, reason, received }: Stored): string[] {
  if (status === 'PENDING') return [];
  if (status === 'DELIVERED') return ['DELIVERED'];
  return [reason ?? '', ...(received ? ['LATE_RECEIPT'] : [])];
}

/** Compares the feed with the messages as they are stored, those accepted since the feed was on. */
export async function judgeFeed(databaseUrl: string, since: Date): Promise<FeedVerdict> {
  const { messages, events } = await withClient(databaseUrl, async (client) => ({
    messages: (await client.query<Stored>(MESSAGES, [since])).rows,
    events: (await client.query<Recorded>(EVENTS)).rows,
  }));
  const told = new Map<string, string[]>();
  for (const { type, message } of events) told.set(message, [...(told.get(message) ?? []), type]);
  const verdict: FeedVerdict = { events: events.length, missing: [], invented: [], doubles: [], disordered: [] };
  const known = new Set<string>();
  for (const message of messages) {
    known.add(message.id);
    const own = told.get(message.id) ?? [];
    const expected = expectedOf(message);
    const moves = own.filter((type) => type !== 'OVERDUE');
    const name = (type: string) => `${type} ${message.id}`;
    verdict.missing.push(...expected.filter((type) => !moves.includes(type)).map(name));
    verdict.invented.push(...moves.filter((type) => !expected.includes(type)).map(name));
    verdict.doubles.push(...own.filter((type, i) => own.indexOf(type) !== i).map(name));
    const inOrder = [...(own.includes('OVERDUE') ? ['OVERDUE'] : []), ...expected];
    if (own.length === inOrder.length && own.join() !== inOrder.join()) verdict.disordered.push(`${message.id}: ${own.join()}`);
  }
  const old = await withClient(databaseUrl, async (client) =>
    (await client.query<{ id: string }>('SELECT id FROM messages WHERE created_at < $1', [since])).rows.map(({ id }) => id),
  );
  for (const id of old) known.add(id);
  for (const [message, types] of told)
    if (!known.has(message)) verdict.invented.push(`${types.join()} ${message}, which is not there`);
  return verdict;
}

/** Compares what a reader got with the feed: names the differences. */
export async function judgeReader(
  databaseUrl: string,
  read: readonly ReadEvent[],
): Promise<{ missing: number; doubles: number; isInOrder: boolean }> {
  const events = await withClient(databaseUrl, async (client) => (await client.query<Recorded>(EVENTS)).rows);
  const nameOf = (type: string, message: string) => `${type} ${message}`;
  const got = new Set(read.map(({ type, messageId }) => nameOf(type, messageId)));
  // What was erased while it was read is in the reader's list only.
  const kept = new Set(events.map(({ type, message }) => nameOf(type, message)));
  const left = read.map(({ type, messageId }) => nameOf(type, messageId)).filter((name) => kept.has(name));
  const wanted = events.map(({ type, message }) => nameOf(type, message));
  return {
    missing: wanted.filter((name) => !got.has(name)).length,
    doubles: read.length - new Set(read.map(({ id }) => id)).size,
    isInOrder: left.join() === wanted.filter((name) => got.has(name)).join(),
  };
}
