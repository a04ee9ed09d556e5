import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { BusEvent } from '../../core/ports/message-bus.js';
import type { DeliveryStore, HeldRevocation } from '../../core/ports/stores/delivery-store.js';
import { FairSemaphore } from '../../lib/fair-semaphore.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import type { Clock } from '../../lib/time/clock.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { TextTaker } from '../connection/arrival-buffer.js';
import type { Connection } from '../connection/connection.js';
import type { DueCheck } from '../outbound/due-check.js';
import { outgoing } from '../outbound/frame-encoder.js';
import type { Broadcaster } from './broadcaster.js';
import { COMMIT_MARGIN_MS } from './commit-margin.js';
import type { ConnectionRegistry, RecipientEntry, TenantEntry } from './connection-registry.js';
import type { Drainer } from './drainer.js';
import type { QuestionAnswerer } from './question-answerer.js';

/** Trusts no event whose message is older, in milliseconds: a sweep may long have delivered it. */
const LATE_MS = 5_000;
/** Lets at most so many events wait for the text of a global message. */
const MAX_GATED = 10_000;
/** Reads at most so many messages one by one at a time; beyond, connections ask for what is pending. */
const MAX_READS = 10_000;
/** Lets at most so many of them be on their way from the database, or read and not yet handed over: 1 MiB of text. */
const TEXTS_AT_ONCE = 16;

/** Lets at most so many events wait for their tenant's turn. */
const MAX_LATER = 50_000;

interface BusEventDispatcherDeps {
  store: Pick<DeliveryStore, 'findGlobal' | 'findSendable'>;
  clock: Clock;
  /** Those in which tenants get what the bus tells, and what it took from the database. */
  turns: FairTurns;
  registry: ConnectionRegistry;
  broadcasts: Broadcaster;
  drains: Drainer;
  due: DueCheck;
  /** Knows the moment up to which a sweep has looked for globals, by the database's clock. */
  progress: { readonly since: number };
  /** Hears that events may have been lost. */
  losses: { gap(): void };
  answers: QuestionAnswerer;
}

/** Carries out what the bus tells, and what a sweep found that the bus had not told. */
export class BusEventDispatcher {
  /**
   * Globals that were offered to everybody here, by id, with when they were created: they are never offered
   * again.
   */
  readonly #broadcasted = new Map<string, number>();
  /** Counts the messages that are being read. */
  #reads = 0;
  readonly #texts = new FairSemaphore(TEXTS_AT_ONCE);
  readonly #turns: FairTurns;

  constructor(private readonly deps: BusEventDispatcherDeps) {
    this.#turns = deps.turns;
  }

  /**
   * Takes an event on the channel of a recipient. Tenants take turns where more come than there is time
   * for.
   */
  ofRecipient(entry: RecipientEntry, event: BusEvent): void {
    if (this.#turns.isFree) this.#takeOfRecipient(entry, event);
    else this.#later(entry.tenant, () => this.#takeOfRecipient(entry, event));
  }

  #takeOfRecipient(entry: RecipientEntry, event: BusEvent): void {
    if (event.type === 'message') this.#gated(entry.tenant, () => this.#message(entry, event.message));
    else if (event.type === 'pending') this.#gated(entry.tenant, () => this.#long(entry, event.id));
    else if (event.type === 'question') this.deps.answers.answer(entry, event);
    else this.#control(entry.tenant, event);
  }

  /** Takes an event on the channel of a tenant. */
  ofTenant(tenant: TenantEntry, event: BusEvent): void {
    if (this.#turns.isFree) this.#takeOfTenant(tenant, event);
    else this.#later(tenant, () => this.#takeOfTenant(tenant, event));
  }

  #later({ tenantId }: TenantEntry, take: () => void): void {
    // What was lost is found by a sweep.
    if (this.#turns.waiting >= MAX_LATER) this.deps.losses.gap();
    else this.#turns.ask(tenantId, take);
  }

  #takeOfTenant(tenant: TenantEntry, event: BusEvent): void {
    if (event.type === 'global') this.#gated(tenant, () => this.#offerGlobal(tenant.tenantId, event.message, false));
    else if (event.type === 'global-pending') this.#gated(tenant, () => void this.#fetchGlobal(tenant, event.id));
    else this.#control(tenant, event);
  }

  #control(tenant: TenantEntry, event: BusEvent): void {
    if (event.type === 'cancelled') for (const id of event.ids) this.deps.due.recall(id);
    else if (event.type === 'global-cancelled') this.deps.due.recall(event.id);
    else if (event.type === 'revoked') this.revoked({ tenantId: tenant.tenantId, ...event });
    else if (event.type === 'tenant-disabled') this.inactive(tenant.tenantId);
  }

  // What comes while the text of a global message is fetched waits, so that the order stays.
  #gated(tenant: TenantEntry, run: () => void): void {
    if (tenant.gate === null) run();
    else if (tenant.gate.length < MAX_GATED) tenant.gate.push(run);
    else this.deps.losses.gap();
  }

  #message(entry: RecipientEntry, message: OutgoingMessage): void {
    const late = this.#isLate(message);
    const item = outgoing(message);
    // Offering may end a connection, which takes it out of the list.
    for (const { backlog } of entry.connections.slice()) {
      if (!backlog.matches(message.topic)) continue;
      this.deps.broadcasts.catchUp(backlog, entry.tenant);
      if (late) backlog.ask();
      else backlog.offer(item);
    }
  }

  #isLate(message: OutgoingMessage): boolean {
    return this.deps.clock.now() - message.createdAt > LATE_MS;
  }

  /**
   * Takes a message whose text did not fit on the bus: it is read once for all connections that have use for
   * it.
   */
  #long(entry: RecipientEntry, id: string | undefined): void {
    if (id === undefined) {
      askAll(entry.connections);
      return;
    }
    this.deps.drains.expectLong(entry.tenant.tenantId);
    const takers: TextTaker[] = [];
    for (const { backlog } of entry.connections.slice()) {
      this.deps.broadcasts.catchUp(backlog, entry.tenant);
      if (this.#reads < MAX_READS) backlog.offerLater((taker) => takers.push(taker));
      else backlog.ask();
    }
    if (takers.length > 0) void this.#readInTurn(entry, id, takers);
  }

  async #readInTurn(entry: RecipientEntry, id: string, takers: readonly TextTaker[]): Promise<void> {
    const { tenantId } = entry.tenant;
    this.#reads++;
    await this.#texts.acquire(tenantId);
    try {
      if (takers.some((taker) => taker.isWanted())) await this.#read(entry, id, takers);
      else for (const taker of takers) taker.take(null);
    } catch {
      for (const taker of takers) taker.failed();
    } finally {
      this.#texts.release();
      this.#reads--;
    }
  }

  // Another node's client may have confirmed it meanwhile: clients here get it all the same, as they get
  // short ones.
  async #read({ tenant, connections }: RecipientEntry, id: string, takers: readonly TextTaker[]): Promise<void> {
    const message = await this.deps.store.findSendable(tenant.tenantId, id);
    // Those of a hundred recipients may come at the same time.
    const turn = this.#turns.enter(tenant.tenantId);
    if (turn !== null) await turn;
    const late = message !== null && this.#isLate(message);
    if (late) askAll(connections.slice());
    const item = message === null || late ? null : outgoing(message);
    for (const taker of takers) taker.take(item);
  }

  async #fetchGlobal(tenant: TenantEntry, id: string): Promise<void> {
    const waiting: Array<() => void> = [];
    tenant.gate = waiting;
    try {
      const message = await this.deps.store.findGlobal(tenant.tenantId, id);
      if (message) this.#offerGlobal(tenant.tenantId, message, false);
    } catch {
      this.deps.losses.gap();
    }
    tenant.gate = null;
    // If one of them closes the gate again, the rest waits once more.
    for (const run of waiting) this.#gated(tenant, run);
  }

  /** @param missed whether a sweep found it, because its event did not come */
  #offerGlobal(tenantId: string, message: OutgoingMessage, missed: boolean): void {
    const tenant = this.deps.registry.tenant(tenantId);
    if (tenant === undefined || this.#broadcasted.has(message.id) || this.deps.due.isRecalled(message.id)) return;
    // A sweep has looked for it already: whoever was to have it has it, or has its row.
    if (!missed && message.createdAt < this.deps.progress.since - COMMIT_MARGIN_MS) return;
    this.#broadcasted.set(message.id, message.createdAt);
    // Where the clock cannot tell, it goes out if nobody else would bring it; one with an expiry is asked for
    // below.
    const openedBefore = message.expiresAt === null ? message.createdAt + 1 : message.createdAt;
    this.deps.broadcasts.add(tenant, { item: outgoing(message), openedBefore: missed ? openedBefore : null });
    if (!missed || message.expiresAt === null) return;
    // Connections that were opened later asked for it themselves, maybe a moment before its commit.
    const until = message.createdAt + COMMIT_MARGIN_MS;
    for (const connection of tenant.connections) {
      const { openedAt } = connection.admitted;
      if (openedAt >= message.createdAt && openedAt <= until) this.deps.drains.askGlobals(connection);
    }
  }

  /** Forgets globals that a sweep has looked for. */
  forgetBroadcasts(): void {
    const covered = this.deps.progress.since - COMMIT_MARGIN_MS;
    for (const [id, createdAt] of this.#broadcasted) if (createdAt < covered) this.#broadcasted.delete(id);
  }

  revoked({ tenantId, recipientHash, number }: HeldRevocation): void {
    const held = this.deps.registry.tenant(tenantId)?.sockets;
    if (held === undefined) return;
    const sockets = recipientHash === null ? [...held.values()].flat() : (held.get(recipientHash) ?? []);
    for (const socket of [...sockets]) if (socket.claims.revocation < number) socket.close(CLOSE.forbidden, 'revoked');
  }

  inactive(tenantId: string): void {
    const tenant = this.deps.registry.tenant(tenantId);
    if (tenant === undefined) return;
    for (const socket of [...tenant.sockets.values()].flat()) socket.close(CLOSE.unauthorized, 'tenant disabled');
  }

  pending(tenantId: string, recipient: string): void {
    askAll(this.deps.registry.connections(tenantId, recipient));
  }

  global(tenantId: string, message: OutgoingMessage): void {
    this.#offerGlobal(tenantId, message, true);
  }
}

/** Has connections look at the database for what is pending. */
export function askAll(connections: readonly Connection[]): void {
  for (const { backlog } of connections) backlog.ask();
}
