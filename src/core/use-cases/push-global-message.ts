import { createHash } from 'node:crypto';
import type { Clock } from '../../lib/time/clock.js';
import type { GlobalMessage } from '../domain/message.js';
import { outgoingMessage, travelsOnBus } from '../domain/outgoing-message.js';
import { type MessageBus, tenantChannel } from '../ports/message-bus.js';
import type { PushStore } from '../ports/stores/push-store.js';
import type { TenantLimiter } from '../ports/tenant-limiter.js';
import { requireFutureExpiry } from '../validation/expiry.js';
import { requireMessageSize } from '../validation/message-text.js';
import { type PushOptionsInput, parsePushOptions } from '../validation/push-options.js';
import { limitedPush } from './limited-push.js';

interface PushGlobalMessageDeps {
  store: PushStore;
  bus: MessageBus;
  /** Gives the database's time. */
  clock: Clock;
  limiter: TenantLimiter;
}

/** Makes one text for everybody durable, then tells the delivery nodes. */
export const pushGlobalMessage =
  ({ store, bus, clock, limiter }: PushGlobalMessageDeps) =>
  async (tenantId: string, input: PushOptionsInput): Promise<GlobalMessage> => {
    const { message, topic, expiresAt, idempotencyKey } = parsePushOptions(input);
    const canonical = JSON.stringify(['pushGlobalMessage', message, topic, expiresAt]);
    const idempotency =
      idempotencyKey === null ? null : { key: idempotencyKey, inputHash: createHash('sha256').update(canonical).digest() };

    // Looked up before anything else is judged, as for messages to recipients.
    const earlier = idempotency && (await store.replay(tenantId, idempotency));
    if (earlier && !Array.isArray(earlier)) return earlier;

    const bytes = requireMessageSize('input.message', message);
    requireFutureExpiry('input.expiresAt', expiresAt, clock.now());

    const call = { tenantId, message, topic, expiresAt, idempotency };
    const costs = () => ({ recipients: 1, bytes });
    const { item, replayed } = await limitedPush(limiter, tenantId, costs, () => store.pushGlobal(call));
    if (!replayed) {
      const event = travelsOnBus(message)
        ? ({ type: 'global', message: outgoingMessage(item) } as const)
        : ({ type: 'global-pending', id: item.id } as const);
      await bus.publish([{ channel: tenantChannel(tenantId), event }]);
    }
    return item;
  };
