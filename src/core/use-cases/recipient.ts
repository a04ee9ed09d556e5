import type { Clock } from '../../lib/time/clock.js';
import type { Activity } from '../domain/activity.js';
import { badInput } from '../domain/errors.js';
import type { GlobalMessage } from '../domain/message.js';
import { type HeldConnection, LISTED_CONNECTIONS } from '../domain/presence.js';
import { type MessageBus, recipientChannel } from '../ports/message-bus.js';
import type { ActivityStore } from '../ports/stores/activity-store.js';
import { parsePageLimit } from '../validation/page-limit.js';
import type { PageTokens } from '../validation/page-token.js';
import { parseRecipient } from '../validation/recipients.js';
import type { ListedPage } from './messages.js';
import { closeWords } from './presence/close-words.js';

interface RecipientDeps {
  store: Pick<ActivityStore, 'awaitedGlobals' | 'lastActivity' | 'listActivity' | 'pendingOf'>;
  bus: Pick<MessageBus, 'ask'>;
  pageTokens: PageTokens;
  /** Gives the database's time. */
  clock: Clock;
}

/** Which page of activity is asked for. */
interface ActivityPageInput {
  limit?: number | null;
  nextToken?: string | null;
}

/** Names the parts of a recipient that are asked for: each costs a question of its own. */
export interface RecipientParts {
  /** Asks the nodes who is connected. */
  presence: boolean;
  lastSeenAt: boolean;
  pending: boolean;
  awaitedGlobals: boolean;
  activity: readonly ActivityPageInput[];
}

const ALL_PARTS: RecipientParts = { presence: true, lastSeenAt: true, pending: true, awaitedGlobals: true, activity: [] };

type ListedActivity = Omit<Activity, 'id'> & { detail: string | null };

/** A recipient, as the API tells of it. */
export interface ToldRecipient {
  name: string;
  connections: Array<Omit<HeldConnection, 'since' | 'waits' | 'owes'> & { since: Date }>;
  complete: boolean;
  lastSeenAt: Date | null;
  pending: number;
  awaitedGlobals: GlobalMessage[];
  /** The page, where one was asked for; a function where several were. */
  activity: ListedPage<ListedActivity> | ((input: ActivityPageInput) => ListedPage<ListedActivity> | null) | null;
}

/** Answers this many different pages of activity in one selection. */
const ACTIVITY_PAGES = 2;

/**
 * Tells who is there under a name, what waits for it and what happened lately. A name that nobody knows has
 * nothing of all that. A part that is not asked for is empty.
 */
export const recipient =
  ({ store, bus, pageTokens, clock }: RecipientDeps) =>
  async (tenantId: string, given: string, parts: RecipientParts = ALL_PARTS): Promise<ToldRecipient> => {
    const name = parseRecipient('name', given);
    const read = pageReader({ store, pageTokens }, tenantId, name);
    const wanted = new Map(parts.activity.map((page) => [keyOf(page), page]));
    if (wanted.size > ACTIVITY_PAGES) throw badInput('activity', `at most ${ACTIVITY_PAGES} pages of activity can be asked for`);
    const [answered, pending, awaitedGlobals, last, ...activity] = await Promise.all([
      ask(bus, tenantId, name, parts),
      parts.pending ? store.pendingOf(tenantId, name) : 0,
      parts.awaitedGlobals ? store.awaitedGlobals(tenantId, name) : [],
      parts.lastSeenAt ? store.lastActivity(tenantId, [{ recipient: name, at: null }]) : [],
      ...[...wanted.values()].map(read),
    ]);
    const held = (answered?.answers ?? []).flatMap(({ connections }) => connections);
    return {
      name,
      connections: held
        .sort((a, b) => b.since - a.since)
        .slice(0, LISTED_CONNECTIONS)
        .map(told),
      complete: answered?.complete ?? false,
      lastSeenAt: held.length > 0 ? new Date(Math.floor(clock.now())) : (last[0]?.seenAt ?? null),
      pending,
      awaitedGlobals,
      activity: onePageOrAny([...wanted.keys()], activity),
    };
  };

/** Asks the nodes, also for when it was last seen: who is there has been seen just now. */
async function ask(bus: RecipientDeps['bus'], tenantId: string, name: string, parts: RecipientParts) {
  if (!parts.presence && !parts.lastSeenAt) return undefined;
  const [answered] = await bus.ask([{ channel: recipientChannel(tenantId, name), question: { messages: [] } }]);
  return answered;
}

const told = ({ since, waits: _, owes: __, ...connection }: HeldConnection) => ({ ...connection, since: new Date(since) });

const keyOf = ({ limit, nextToken }: ActivityPageInput): string => JSON.stringify([limit ?? null, nextToken ?? null]);

/** What lies below a root field is plain data, unless a field with other arguments is selected twice. */
function onePageOrAny(keys: readonly string[], pages: ReadonlyArray<ListedPage<ListedActivity>>): ToldRecipient['activity'] {
  if (pages.length <= 1) return pages[0] ?? null;
  const byKey = new Map(keys.map((key, i) => [key, pages[i] ?? null]));
  return (input) => byKey.get(keyOf(input)) ?? null;
}

function pageReader({ store, pageTokens }: Pick<RecipientDeps, 'store' | 'pageTokens'>, tenantId: string, name: string) {
  const scope = { tenantId, query: 'activity', filter: { recipient: name } } as const;
  return async ({ limit, nextToken }: ActivityPageInput): Promise<ListedPage<ListedActivity>> => {
    const pageLimit = parsePageLimit('activity.limit', limit);
    const after = nextToken == null ? null : pageTokens.open('activity.nextToken', scope, nextToken);
    const { items, next } = await store.listActivity(tenantId, name, after, pageLimit);
    return {
      items: items.map((item) => ({ ...item, detail: item.closeCode === null ? null : closeWords(item.closeCode) })),
      nextToken: next === null ? null : pageTokens.seal(scope, next),
    };
  };
}
