import { createHash } from 'node:crypto';
import { inTurns } from '../../lib/cooperative-loop.js';
import type { Clock } from '../../lib/time/clock.js';
import { badInput } from '../domain/errors.js';
import { LIMITS } from '../domain/limits.js';
import { outgoingMessage, travelsOnBus } from '../domain/outgoing-message.js';
import { type BusEvent, type BusMessage, type MessageBus, recipientChannel } from '../ports/message-bus.js';
import type { ActivityStore } from '../ports/stores/activity-store.js';
import type { StatusFeedStore } from '../ports/stores/feed/status-feed-store.js';
import type { PushEntry, PushStore } from '../ports/stores/push-store.js';
import type { TenantLimiter } from '../ports/tenant-limiter.js';
import { requireFutureExpiry } from '../validation/expiry.js';
import { requireMessageSize } from '../validation/message-text.js';
import { type PushOptionsInput, parseNotifyAfter, parsePushOptions } from '../validation/push-options.js';
import { parseRecipients, requireRecipientCount } from '../validation/recipients.js';
import { limitedPush } from './limited-push.js';
import { withDeliveredTo } from './presence/delivered-to.js';
import { requireFeed } from './status-feed/require-feed.js';

/** Publishes the events of this many recipients at a time. */
const TOLD_PER_PART = 500;

interface PushMessageInput extends PushOptionsInput {
  recipients: readonly string[];
  notifyAfter?: number | null;
}

interface PushMessageDeps {
  store: PushStore & Pick<ActivityStore, 'connectionFacts'> & Pick<StatusFeedStore, 'statusFeed'>;
  bus: MessageBus;
  /** Gives the database's time. */
  clock: Clock;
  limiter: TenantLimiter;
}

/**
 * Makes one text durable for each of many recipients, then tells the delivery nodes.
 * @param connections whether a repetition is to tell the facts about connections that messages went to
 */
export const pushMessage =
  ({ store, bus, clock, limiter }: PushMessageDeps) =>
  async (tenantId: string, input: PushMessageInput, connections = false): Promise<PushEntry[]> => {
    const { message, topic, expiresAt, idempotencyKey } = parsePushOptions(input);
    const notifyAfter = parseNotifyAfter('input.notifyAfter', input.notifyAfter);
    const recipients = await parseRecipients(input.recipients);
    const idempotency =
      idempotencyKey === null
        ? null
        : { key: idempotencyKey, inputHash: hashOf([recipients.names, message, topic, expiresAt], notifyAfter) };

    // Looked up before anything else is judged: an accepted call is answered again, even after its expiry.
    const earlier = idempotency && (await store.replay(tenantId, idempotency));
    if (Array.isArray(earlier)) return connections ? withConnections(store, tenantId, earlier) : earlier;

    requireRecipientCount('input.recipients', input.recipients.length);
    const bytes = requireMessageSize('input.message', message);
    if (recipients.names.length * bytes > LIMITS.pushBytes) {
      throw badInput('input.recipients', `recipients times bytes of the message must be at most ${LIMITS.pushBytes}`);
    }
    requireFutureExpiry('input.expiresAt', expiresAt, clock.now());
    await requireFeedFor(store, tenantId, notifyAfter);

    const { accepted, refused } = recipients;
    const call = { tenantId, recipients: accepted, refused, message, topic, expiresAt, notifyAfter, idempotency };
    const costs = () => ({ recipients: accepted.length, bytes: accepted.length * bytes });
    const { entries, replayed } = await limitedPush(limiter, tenantId, costs, () => store.push(call));
    if (!replayed) await tell(entries);
    return replayed && connections ? withConnections(store, tenantId, entries) : entries;

    async function tell(told: readonly PushEntry[]): Promise<void> {
      const travels = travelsOnBus(message);
      // At most two parts are on their way: the event of a small push queues behind what the bus has not
      // taken yet.
      let onItsWay = Promise.resolve();
      await inTurns(told, TOLD_PER_PART, async (part) => {
        const events: BusMessage[] = [];
        for (const { item } of part) {
          if (!item) continue;
          const event: BusEvent = travels
            ? { type: 'message', message: outgoingMessage(item) }
            : { type: 'pending', id: item.id };
          events.push({ channel: recipientChannel(tenantId, item.recipient), event });
        }
        const published = bus.publish(events);
        await onItsWay;
        onItsWay = published;
      });
      await onItsWay;
    }
  };

/** Hashes what decides whether a call repeats another. What is not given leaves a key's meaning as it was before it could be. */
function hashOf(input: readonly unknown[], notifyAfter: number | null): Buffer {
  const younger = notifyAfter === null ? [] : [{ notifyAfter }];
  return createHash('sha256')
    .update(JSON.stringify(['pushMessage', ...input, ...younger]))
    .digest();
}

async function requireFeedFor(
  store: Pick<StatusFeedStore, 'statusFeed'>,
  tenantId: string,
  notifyAfter: number | null,
): Promise<void> {
  if (notifyAfter !== null) await requireFeed(store, tenantId, 'input.notifyAfter');
}

async function withConnections(
  store: Pick<ActivityStore, 'connectionFacts'>,
  tenantId: string,
  entries: readonly PushEntry[],
): Promise<PushEntry[]> {
  const items = entries.flatMap(({ item }) => item ?? []);
  const told = new Map((await withDeliveredTo(store, tenantId, items)).map((item) => [item.id, item]));
  return entries.map((entry) => ({ ...entry, item: entry.item && (told.get(entry.item.id) ?? entry.item) }));
}
