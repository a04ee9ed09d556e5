import { withClient } from '../../../../src/store/database/migrations.js';
import type { FeedReader } from './feed-reader.js';

/** A message as it is stored in the end. */
interface Stored {
  id: string;
  status: 'PENDING' | 'DELIVERED' | 'CANCELLED';
  reason: 'RECALLED' | 'EXPIRED' | null;
  received: boolean;
}

interface Recorded {
  number: string;
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
  SELECT e.number, e.type, e.message_id AS message FROM status_events e JOIN tenants t ON t.id = e.tenant_id WHERE t.name = 'default' ORDER BY e.number`;
const NEWEST = `
  SELECT coalesce(max(h.last_number), 0)::text AS newest FROM status_feed_heads h JOIN tenants t ON t.id = h.tenant_id WHERE t.name = 'default'`;
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

/** Number of the newest event of the feed. */
export const newestNumber = (databaseUrl: string): Promise<number> =>
  withClient(databaseUrl, async (client) => Number((await client.query<{ newest: string }>(NEWEST)).rows[0]?.newest ?? 0));

export interface ReaderVerdict {
  missing: number;
  doubles: number;
  isInOrder: boolean;
}

/**
 * Compares what a reader got with the feed as it is in the end.
 *
 * @param since number of an event: the reader must have all behind it
 */
export async function judgeReader(databaseUrl: string, { events, order }: FeedReader, since: number): Promise<ReaderVerdict> {
  const recorded = await withClient(databaseUrl, async (client) => (await client.query<Recorded>(EVENTS)).rows);
  const nameOf = (type: string, message: string) => `${type} ${message}`;
  const wanted = recorded.filter(({ number }) => Number(number) > since).map(({ type, message }) => nameOf(type, message));
  const got = events.map(({ type, messageId }) => nameOf(type, messageId));
  const [all, here] = [new Set(wanted), new Set(got)];
  // What was erased while it was read is in the reader's list only, and so is what it got before.
  const [left, owed] = [got.filter((name) => all.has(name)), wanted.filter((name) => here.has(name))];
  return {
    missing: wanted.length - owed.length,
    doubles: got.length - here.size,
    isInOrder: order === 'feed' ? left.join() === owed.join() : byMessage(left) === byMessage(owed),
  };
}

/** Tells the order of each message's events, whatever that of the messages. */
function byMessage(names: readonly string[]): string {
  const types = new Map<string, string>();
  for (const name of names) {
    const [type = '', message = ''] = name.split(' ');
    types.set(message, `${types.get(message) ?? ''} ${type}`);
  }
  return [...types]
    .map(([message, list]) => message + list)
    .sort()
    .join();
}
