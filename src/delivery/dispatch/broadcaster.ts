import { CooperativeLoop } from '../../lib/cooperative-loop.js';
import type { Timers } from '../../lib/time/timers.js';
import type { Mode } from '../../protocol/subprotocols.js';
import type { Backlog } from '../connection/backlog.js';
import type { Connection } from '../connection/connection.js';
import { BroadcastBatch } from '../outbound/broadcast-batch.js';
import type { DueCheck } from '../outbound/due-check.js';
import type { Broadcast, ConnectionRegistry, TenantEntry } from './connection-registry.js';

interface Walk {
  readonly tenant: TenantEntry;
  /** Number of the first broadcast that it does not cover. */
  until: number;
  rest: Iterator<Connection>;
}

/** Looks at the clock after so many connections: to offer a batch to one takes some 10 µs. */
const LOOK_EVERY = 8;

/** Holds the batches of the same broadcasts, by the label of those who get them. */
interface BatchesByTopic {
  readonly tenant: TenantEntry;
  readonly from: number;
  readonly until: number;
  /** Labels of the broadcasts. */
  readonly topics: Set<string>;
  readonly byTopic: Record<Mode, Map<string | null, BroadcastBatch>>;
  /** Whether they are for all connections, whenever opened. */
  toAll: boolean;
}

/**
 * Keeps the event loop for at most so many milliseconds before other work gets its turn. The receipts that
 * come in meanwhile take nearly as long again.
 */
const TURN_MS = 2;

/**
 * Offers global messages to all connections of a tenant, in turns that yield to the event loop by the clock.
 * The next walk takes along what comes during one, so a burst is one write per connection. A connection
 * catches up before it is offered anything else, which keeps the order. See docs/design/broadcasts.md.
 */
export class Broadcaster {
  readonly #walks: Walk[] = [];
  readonly #walking = new Set<TenantEntry>();
  readonly #loop: CooperativeLoop;
  #running = false;
  /** Numbers of broadcasts by the id of their global message, in two generations. */
  #young = new Map<string, number>();
  #old = new Map<string, number>();
  #batches: BatchesByTopic | null = null;

  constructor(
    private readonly registry: Pick<ConnectionRegistry, 'tenant'>,
    private readonly due: DueCheck,
    private readonly timers: Pick<Timers, 'now'>,
  ) {
    this.#loop = new CooperativeLoop(
      (until) => this.#turn(until),
      TURN_MS,
      () => timers.now(),
    );
  }

  add(tenant: TenantEntry, broadcast: Broadcast): void {
    this.#young.set(broadcast.item.encoded.message.id, tenant.logStart + tenant.log.length);
    tenant.log.push(broadcast);
    this.#walk(tenant);
  }

  /** Whether there is a connection that has not been offered everything. */
  get walking(): boolean {
    return this.#running;
  }

  /** Finds the number under which a global message was offered, if that was not long ago. */
  numberOf(globalMessageId: string): number | undefined {
    return this.#young.get(globalMessageId) ?? this.#old.get(globalMessageId);
  }

  /** Forgets the older generation of numbers. */
  rotate(): void {
    this.#old = this.#young;
    this.#young = new Map();
  }

  /** Offers it the broadcasts that it has not been offered yet. True if that was one step at most. */
  catchUp(backlog: Backlog, tenant = this.registry.tenant(backlog.claims.tenantId)): boolean {
    if (tenant === undefined) return true;
    const end = tenant.logStart + tenant.log.length;
    if (backlog.broadcast === end) return true;
    const batch = this.#batch(tenant, backlog, end);
    if (batch !== null && backlog.offerBatch(batch)) {
      backlog.broadcast = end;
      return true;
    }
    while (backlog.broadcast < end) {
      const { item, openedBefore } = tenant.log[backlog.broadcast++ - tenant.logStart] as Broadcast;
      if (!backlog.matches(item.encoded.message.topic)) continue;
      if (openedBefore !== null && backlog.openedAt >= openedBefore) continue;
      backlog.offer(item);
    }
    return false;
  }

  /** Finds what connections of this label lack. Null if that depends on more than the label. */
  #batch(tenant: TenantEntry, { broadcast: from, claims: { topic }, mode }: Backlog, until: number): BroadcastBatch | null {
    let batches = this.#batches;
    if (batches?.tenant !== tenant || batches.from !== from || batches.until !== until) {
      batches = { tenant, from, until, topics: new Set(), byTopic: { plain: new Map(), v1: new Map() }, toAll: true };
      for (const { item, openedBefore } of tenant.log.slice(from - tenant.logStart)) {
        if (openedBefore !== null) batches.toAll = false;
        if (item.encoded.message.topic !== null) batches.topics.add(item.encoded.message.topic);
      }
      this.#batches = batches;
    }
    if (!batches.toAll) return null;
    const label = topic !== null && batches.topics.has(topic) ? topic : null;
    const known = batches.byTopic[mode].get(label);
    if (known) return known;
    const items = tenant.log
      .slice(from - tenant.logStart)
      .map(({ item }) => item)
      .filter(({ encoded: { message } }) => message.topic === null || message.topic === label)
      .filter((item) => this.due.isDue(item));
    const batch = new BroadcastBatch(items, mode, from, until, this.timers.now());
    batches.byTopic[mode].set(label, batch);
    return batch;
  }

  #walk(tenant: TenantEntry): void {
    if (this.#walking.has(tenant)) return;
    this.#walking.add(tenant);
    this.#walks.push({ tenant, until: 0, rest: [][Symbol.iterator]() });
    if (this.#running) return;
    this.#running = true;
    this.#loop.wake();
  }

  #turn(until: number): boolean {
    // Whether messages are due, and when they were written, is looked at anew in each turn.
    this.#batches = null;
    while (this.#walks.length > 0) {
      const walk = this.#walks.shift() as Walk;
      const done = this.#walkOn(walk, until);
      if (!done) this.#walks.push(walk);
      if (this.timers.now() >= until) break;
    }
    this.#batches = null;
    this.#running = this.#walks.length > 0;
    return !this.#running;
  }

  /** True once nothing is left to offer. */
  #walkOn(walk: Walk, until: number): boolean {
    const { tenant } = walk;
    let now = this.timers.now();
    for (let offered = 1; ; offered++) {
      const next = walk.rest.next();
      if (!next.done) {
        const quick = this.catchUp(next.value.backlog, tenant);
        next.value.flush(now);
        if (quick && offered % LOOK_EVERY !== 0) continue;
        now = this.timers.now();
        if (now >= until) return false;
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
