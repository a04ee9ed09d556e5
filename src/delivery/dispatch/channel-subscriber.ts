import { type MessageBus, recipientChannel, tenantChannel } from '../../core/ports/message-bus.js';
import type { Timers } from '../../lib/time/timers.js';
import { askAll, type BusEventDispatcher } from './bus-event-dispatcher.js';
import { BusSubscription } from './bus-subscription.js';
import type { RecipientEntry, TenantEntry } from './connection-registry.js';

interface ChannelSubscriberDeps {
  bus: MessageBus;
  timers: Timers;
  events: Pick<BusEventDispatcher, 'ofRecipient' | 'ofTenant'>;
  /** Hears that events may have been lost. */
  losses: { gap(): void };
}

/** Subscribes to the channels of those who have connections here, once for all of them. */
export class ChannelSubscriber {
  constructor(private readonly deps: ChannelSubscriberDeps) {}

  /** Subscribes to a tenant's channel, unless that is done. */
  tenant(tenant: TenantEntry): BusSubscription {
    const { bus, timers, events, losses } = this.deps;
    tenant.subscription ??= new BusSubscription(
      bus,
      tenantChannel(tenant.tenantId),
      (event) => events.ofTenant(tenant, event),
      timers,
      () => losses.gap(),
    );
    return tenant.subscription;
  }

  /** Subscribes to a recipient's channel, unless that is done. */
  recipient(entry: RecipientEntry): BusSubscription {
    const { bus, timers, events } = this.deps;
    entry.subscription ??= new BusSubscription(
      bus,
      recipientChannel(entry.tenant.tenantId, entry.recipient),
      (event) => events.ofRecipient(entry, event),
      timers,
      () => askAll(entry.connections),
    );
    return entry.subscription;
  }
}
