import type { Timers } from '../../../lib/time/timers.js';
import type { StatusEvent } from '../../domain/status-feed/status-event.js';
import { requireCleanText } from '../../domain/text.js';
import type { ActivityStore } from '../../ports/stores/activity-store.js';
import type { StatusFeedStore } from '../../ports/stores/feed/status-feed-store.js';
import { readPatiently } from '../following/patient-read.js';
import { type FindMessages, RecentMessages } from '../following/recent-messages.js';
import { StatusFollowers } from '../following/status-followers.js';
import { EVENTS_AT_ONCE } from '../following/tenant-follower.js';
import { withDeliveredTo } from '../presence/delivered-to.js';
import { requireFeed } from './require-feed.js';
import { type EventDetails, parseStatusEventsFilter, type StatusEventsFilterInput, type ToldEvent } from './status-events.js';

/** Holds the messages of this many events at once for a reader: 1 MiB of the longest texts. */
const MESSAGES_AT_ONCE = 16;

interface FollowDeps {
  store: StatusFeedStore & Pick<ActivityStore, 'connectionFacts'>;
  timers: Timers;
}

interface FollowInput {
  filter?: StatusEventsFilterInput | null | undefined;
  /** Position to begin behind; null: what is newest now. */
  after?: string | null | undefined;
}

/**
 * Follows a tenant's status events. Once it resolves, whatever settles from then on is told.
 *
 * @param signal ends it
 * @returns yields events in the order of the feed, never an empty list; ends when the feed is switched off.
 * Throws SERVICE_UNAVAILABLE after the database was away for 30 s
 */
export const followStatusEvents = ({ store, timers }: FollowDeps) => {
  const followers = new StatusFollowers({ store, timers });
  const find: FindMessages = async (tenantId, events) => (await store.messagesOfEvents(tenantId, events)).messages;
  const plain = new RecentMessages(find, timers);
  const withConnections = new RecentMessages(async (tenantId, events) => {
    const told = await withDeliveredTo(store, tenantId, [...(await find(tenantId, events)).values()]);
    return new Map(told.map((message) => [message.id, message]));
  }, timers);

  return async (
    tenantId: string,
    { filter, after }: FollowInput,
    details: EventDetails,
    signal: AbortSignal,
  ): Promise<AsyncIterable<readonly ToldEvent[]>> => {
    const query = parseStatusEventsFilter(filter ?? {});
    if (after != null) requireCleanText('after', after);
    await requireFeed(store, tenantId, 'statusEvents');
    const newest = await store.newestStatusPosition(tenantId);
    // Refuses a position that is none before anything is answered.
    const first = after == null ? null : await store.readStatusEvents(tenantId, query, after, EVENTS_AT_ONCE);

    async function* events(): AsyncGenerator<readonly StatusEvent[]> {
      if (first && first.items.length > 0) yield first.items;
      yield* followers.follow({ tenantId, query, from: first?.next ?? newest, newest, signal });
    }
    const messages = details.connections ? withConnections : plain;

    return (async function* told(): AsyncGenerator<readonly ToldEvent[]> {
      for await (const items of events()) {
        if (!details.messages) {
          yield items.map((event) => ({ ...event, message: null }));
          continue;
        }
        for (let from = 0; from < items.length && !signal.aborted; from += MESSAGES_AT_ONCE) {
          const some = items.slice(from, from + MESSAGES_AT_ONCE);
          const found = await readPatiently(
            timers,
            () => messages.of(tenantId, some),
            () => !signal.aborted,
          );
          yield some.map((event, index) => ({ ...event, message: found[index] ?? null }));
        }
      }
    })();
  };
};
