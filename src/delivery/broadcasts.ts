import type { Connection } from './connection.js';
import type { Broadcast, TenantEntry } from './registry.js';
import type { Timers } from './timers.js';

interface Walk {
  readonly tenant: TenantEntry;
  /** Number of the first broadcast that it does not cover. */
  until: number;
  rest: Iterator<Connection>;
}

/** How long a broadcast keeps the event loop before other work gets its turn, in milliseconds. */
const TURN_MS = 10;

/**
 * Offers global messages to all connections of a tenant, in turns that yield to the event loop by the clock. What comes while a walk
 * is under way is taken along by the next one, so a burst is one write per connection. A connection that is to be offered anything
 * else first catches up, which keeps the order.
 */
export class Broadcasts {
  readonly #walks: Walk[] = [];
  readonly #walking = new Set<TenantEntry>();
  #running = false;

  constructor(private readonly timers: Timers) {}

  add(tenant: TenantEntry, broadcast: Broadcast): void {
    tenant.log.push(broadcast);
    this.#walk(tenant);
  }

  catchUp(connection: Connection, tenant: TenantEntry): void {
    const end = tenant.logStart + tenant.log.length;
    while (connection.broadcast < end) {
      const { item, openedBefore } = tenant.log[connection.broadcast++ - tenant.logStart] as Broadcast;
      if (!connection.matches(item.encoded.message.topic)) continue;
      if (openedBefore !== null && connection.openedAt > openedBefore) continue;
      connection.offer(item);
    }
  }

  #walk(tenant: TenantEntry): void {
    if (this.#walking.has(tenant)) return;
    this.#walking.add(tenant);
    this.#walks.push({ tenant, until: 0, rest: [][Symbol.iterator]() });
    if (this.#running) return;
    this.#running = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    const until = this.timers.now() + TURN_MS;
    while (this.#walks.length > 0) {
      const walk = this.#walks.shift() as Walk;
      const done = this.#walkOn(walk, until);
      if (!done) this.#walks.push(walk);
      if (this.timers.now() >= until) break;
    }
    this.#running = this.#walks.length > 0;
    if (this.#running) setImmediate(() => this.#turn());
  }

  // True once nothing is left to offer.
  #walkOn(walk: Walk, until: number): boolean {
    const { tenant } = walk;
    for (;;) {
      const next = walk.rest.next();
      if (!next.done) {
        this.catchUp(next.value, tenant);
        next.value.flush();
        if (this.timers.now() >= until) return false;
        continue;
      }
      // Everybody has been offered what was there when the walk began.
      if (walk.until > tenant.logStart) {
        tenant.log = tenant.log.slice(walk.until - tenant.logStart);
        tenant.logStart = walk.until;
      }
      if (tenant.log.length === 0) {
        this.#walking.delete(tenant);
        return true;
      }
      walk.until = tenant.logStart + tenant.log.length;
      walk.rest = tenant.connections.values();
    }
  }
}
