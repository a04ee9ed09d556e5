import type { EncodedEvent } from './event-payload.js';
import type { PublishAcknowledgement } from './publish-acknowledgement.js';

/** Keeps no event longer than this, in milliseconds: a sweep finds the messages of older ones before. */
const MAX_WAIT_MS = 1000;
/** Bounds of what is kept, in events and characters. */
const MAX_WAITING_EVENTS = 100_000;
const MAX_WAITING_CHARS = 32 * 1024 * 1024;
/** Takes so many events of one tenant, then those of the next. */
const EVENTS_PER_TURN = 64;
/** Cuts off the entries that have gone once they are more than this many, and half of the list. */
const COMPACT_AT = 1024;

export interface WaitingEvent {
  tenantId: string;
  channel: string;
  event: EncodedEvent;
  /** Milliseconds of `performance.now()`. */
  since: number;
  /** Counts the servers that did not serve its channel any more. */
  redirections: number;
  acknowledgement: PublishAcknowledgement;
}

export const charsOf = ({ event: { before, own, after } }: WaitingEvent): number => before.length + own.length + after.length;

/** Holds the events of one tenant, in order. */
class TenantEvents {
  #events: WaitingEvent[] = [];
  #first = 0;

  constructor(readonly tenantId: string) {}

  get count(): number {
    return this.#events.length - this.#first;
  }

  add(event: WaitingEvent): void {
    this.#events.push(event);
  }

  peek(): WaitingEvent | undefined {
    return this.#events[this.#first];
  }

  shift(): WaitingEvent {
    const event = this.#events[this.#first++] as WaitingEvent;
    // Sent events leave the list soon, since an old list would keep them alive. Shifting a long one costs as
    // much as copying it, so it is done once per half. See docs/design/bus.md.
    if (this.#first === this.#events.length || (this.#first > COMPACT_AT && this.#first * 2 > this.#events.length)) {
      this.#events.splice(0, this.#first);
      this.#first = 0;
    }
    return event;
  }
}

/**
 * Queues the events that wait for Redis. Tenants take turns; the events of each keep their order. What is too
 * old is dropped, and what is too much: the oldest of the tenant that has most.
 */
export class WaitingEvents {
  /** Tenants with events, in the order of their turns. */
  #tenants: TenantEvents[] = [];
  readonly #byTenant = new Map<string, TenantEvents>();
  /** Events taken in the turn of the first tenant. */
  #taken = 0;
  #count = 0;
  #chars = 0;

  add(event: WaitingEvent): void {
    let events = this.#tenants[0]?.tenantId === event.tenantId ? this.#tenants[0] : this.#byTenant.get(event.tenantId);
    if (!events) {
      events = new TenantEvents(event.tenantId);
      this.#tenants.push(events);
      this.#byTenant.set(event.tenantId, events);
    }
    events.add(event);
    this.#count++;
    this.#chars += charsOf(event);
    while (this.#count > MAX_WAITING_EVENTS || this.#chars > MAX_WAITING_CHARS)
      this.#shiftOf(this.#largest()).acknowledgement.settle();
  }

  /** Returns the next one, or undefined if none waits. */
  peek(): WaitingEvent | undefined {
    return this.#tenants[0]?.peek();
  }

  /** Takes the next one. There must be one. */
  shift(): WaitingEvent {
    const tenant = this.#tenants[0] as TenantEvents;
    const event = this.#shiftOf(tenant);
    if (tenant.count === 0) return event;
    if (++this.#taken === EVENTS_PER_TURN) {
      this.#taken = 0;
      this.#tenants.shift();
      this.#tenants.push(tenant);
    }
    return event;
  }

  dropOld(now: number): void {
    const tooOld = now - MAX_WAIT_MS;
    for (const tenant of [...this.#tenants]) {
      for (let event = tenant.peek(); event && event.since < tooOld; event = tenant.peek())
        this.#shiftOf(tenant).acknowledgement.settle();
    }
  }

  takeAll(): WaitingEvent[] {
    const events: WaitingEvent[] = [];
    for (const tenant of [...this.#tenants]) while (tenant.count > 0) events.push(this.#shiftOf(tenant));
    return events;
  }

  #shiftOf(tenant: TenantEvents): WaitingEvent {
    const event = tenant.shift();
    this.#count--;
    this.#chars -= charsOf(event);
    if (tenant.count > 0) return event;
    const place = this.#tenants.indexOf(tenant);
    if (place === 0) this.#taken = 0;
    this.#tenants.splice(place, 1);
    this.#byTenant.delete(tenant.tenantId);
    return event;
  }

  #largest(): TenantEvents {
    return this.#tenants.reduce((most, tenant) => (tenant.count > most.count ? tenant : most));
  }
}
