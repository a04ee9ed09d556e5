import { type BusEvent, type MessageBus, recipientChannel, tenantChannel } from '../core/bus.js';
import type { Clock } from '../core/clock.js';
import type { Logger } from '../core/logger.js';
import type { OutgoingMessage } from '../core/message.js';
import type { DeliveryStore, HeldRevocation } from '../core/message-store.js';
import type { Metrics } from '../core/metrics.js';
import type { RecipientClaims } from '../core/recipient-token.js';
import { CLOSE } from '../protocol/close-codes.js';
import type { Mode } from '../protocol/subprotocols.js';
import { Broadcasts } from './broadcasts.js';
import { Connection, type ConnectionContext } from './connection.js';
import { Drains } from './drain.js';
import { type Outgoing, outgoing } from './encode.js';
import { Flushes } from './flushes.js';
import { Globals } from './globals.js';
import { Heartbeat, SLOT_MS } from './heartbeat.js';
import { Memory } from './memory.js';
import type { Peer, PeerContext } from './peer.js';
import { Receipts } from './receipts.js';
import { type RecipientEntry, Registry, type TenantEntry } from './registry.js';
import type { Socket } from './socket.js';
import { Held } from './subscriptions.js';
import { COMMIT_MARGIN_MS, Sweep } from './sweep.js';
import { sleep, type Timers } from './timers.js';

export interface NodeConfig {
  maxUnconfirmedMessages: number;
  maxUnconfirmedBytes: number;
  pingIntervalMs: number;
  pongTimeoutMs: number;
  sweepIntervalMs: number;
}

export interface NodeDeps {
  store: DeliveryStore;
  bus: MessageBus;
  /** The estimate of the database's clock. */
  clock: Clock;
  timers: Timers;
  metrics: Metrics;
  logger: Logger;
  config: NodeConfig;
}

/** An event that is older says nothing about what is pending: the message may long have been delivered by a sweep. */
const LATE_MS = 5_000;
/** How long an id is remembered on a connection after its receipt, at least: longer than a late event or a sweep can look back. */
const REMEMBER_MS = 15_000;
const RECALLED_MS = 60_000;
/** Events that wait for the text of a global message, at most. */
const MAX_GATED = 10_000;
/** What remembers which messages of ended connections are sent again, for the metrics. */
const SENT_AGAIN_MS = 30_000;

/** What a delivery node does with connections, without the network: admitted sockets and events come in, frames and receipts go out. */
export class DeliveryCore {
  readonly registry = new Registry();
  readonly receipts: Receipts;
  readonly globals: Globals;
  readonly context: ConnectionContext;
  readonly #drains: Drains;
  readonly #broadcasts: Broadcasts;
  readonly #sweep: Sweep;
  readonly #heartbeat: Heartbeat;
  readonly #recalled = new Memory();
  readonly #sentAgain = new Memory();
  /** Globals that were offered to everybody here, with when they were created: never again. */
  readonly #broadcasted = new Map<string, number>();
  readonly #timers: Array<() => void> = [];
  readonly #sockets = new Set<Peer>();

  constructor(private readonly deps: NodeDeps) {
    const { store, bus, clock, timers, metrics, logger, config } = deps;
    this.receipts = new Receipts(store, timers, logger);
    this.globals = new Globals(store, timers, metrics, logger);
    this.#drains = new Drains(store, timers, logger);
    const isDue = ({ encoded: { message } }: Outgoing) =>
      !this.#recalled.has(message.id) && (message.expiresAt === null || clock.now() < message.expiresAt);
    this.#broadcasts = new Broadcasts(timers, isDue);
    this.#heartbeat = new Heartbeat(timers.now());
    const flushes = new Flushes(timers);
    const unconfirmed = { messages: 0, bytes: 0 };
    this.context = {
      config,
      limits: config,
      clock,
      timers,
      heartbeat: this.#heartbeat,
      metrics,
      unconfirmed,
      receipts: this.receipts,
      globals: this.globals,
      rememberMs: Math.max(REMEMBER_MS, config.sweepIntervalMs + 2 * COMMIT_MARGIN_MS),
      mayForget: () => !this.receipts.failing && !this.globals.failing && this.#sweep.fresh,
      drain: (connection) => this.#drains.start(connection),
      flushSoon: (connection) => flushes.add(connection),
      isSentAgain: (id) => this.#sentAgain.has(id),
      isDue,
      broadcastNumber: (id) => this.#broadcasts.numberOf(id),
      ended: (peer) => this.#ended(peer),
      gone: (peer) => this.#sockets.delete(peer),
    };
    const findings = {
      pending: (tenantId: string, recipient: string) => this.#ask(this.registry.connections(tenantId, recipient)),
      global: (tenantId: string, message: OutgoingMessage) => this.#global(tenantId, message, true),
      revoked: (revocation: HeldRevocation) => this.#revoked(revocation),
      inactive: (tenantId: string) => this.#closeTenant(tenantId),
    };
    this.#sweep = new Sweep(store, this.registry, findings, clock, timers, config.sweepIntervalMs, logger);
    this.#timers.push(bus.onGap(() => this.#sweep.afterGap()));
    this.#every(SLOT_MS, () => this.#heartbeat.advance(timers.now()));
    this.#every(RECALLED_MS, () => this.#recalled.turn());
    this.#every(SENT_AGAIN_MS, () => this.#sentAgain.turn());
    this.#every(COMMIT_MARGIN_MS, () => this.#forgetBroadcasts());
    this.#every(this.context.rememberMs, () => {
      if (this.context.mayForget()) this.#broadcasts.turn();
    });
    metrics.connections.read(() => this.registry.size);
    metrics.unconfirmedMessages.read(() => unconfirmed.messages);
    metrics.unconfirmedBytes.read(() => unconfirmed.bytes);
  }

  /** Sockets that are not gone yet, those that are closing included. */
  get sockets(): number {
    return this.#sockets.size;
  }

  /** Takes over an admitted socket: from here on the recipient gets what is pending and what comes. */
  connect(claims: RecipientClaims, mode: Mode, socket: Socket): Connection {
    const connection = new Connection(claims, mode, socket, this.context);
    this.#sockets.add(connection);
    const entry = this.registry.addConnection(connection);
    this.#open(connection, entry);
    return connection;
  }

  /** Takes over a socket that gets no messages: it is pinged, and closed when its token expires or is revoked. */
  hold<P extends Peer>(make: (context: PeerContext) => P): P {
    const peer = make(this.context);
    this.#sockets.add(peer);
    const tenant = this.registry.add(peer);
    tenant.held ??= this.#holdTenant(tenant);
    this.#checkStanding(peer, tenant.held.ready);
    return peer;
  }

  /** Closes everybody, spread over a time, and waits for their receipts; bounded. */
  async retireAll(spreadMs: number, patienceMs: number): Promise<void> {
    const { timers } = this.deps;
    const peers = [...this.#sockets];
    const began = timers.now();
    for (const [i, peer] of peers.entries()) {
      const wait = began + (spreadMs * i) / peers.length - timers.now();
      if (wait > 5) await sleep(timers, wait);
      if (peer instanceof Connection) peer.retire(patienceMs);
      else peer.close(CLOSE.goingAway, 'shutting down');
    }
    const until = timers.now() + patienceMs + 1_000;
    while (this.#sockets.size > 0 && timers.now() < until) await sleep(timers, 10);
    for (const peer of this.#sockets) peer.cut();
  }

  /** Resolves once receipts and rows so far are in the database, or after a while. */
  async flushed(patienceMs: number): Promise<void> {
    const written = Promise.all([this.receipts.flushed(), this.globals.flushed()]).then(() => {});
    await Promise.race([written, sleep(this.deps.timers, patienceMs)]);
  }

  stop(): void {
    this.#sweep.stop();
    for (const cancel of this.#timers) cancel();
    for (const peer of [...this.#sockets]) peer.cut();
  }

  async #open(connection: Connection, entry: RecipientEntry): Promise<void> {
    const { bus, timers } = this.deps;
    const { tenant } = entry;
    const { tenantId } = tenant;
    tenant.held ??= this.#holdTenant(tenant);
    entry.held ??= new Held(
      bus,
      recipientChannel(tenantId, entry.recipient),
      (event) => this.#recipientEvent(entry, event),
      timers,
      () => this.#ask(entry.connections),
    );
    if (tenant.held.ready) await tenant.held.ready;
    if (entry.held?.ready) await entry.held.ready;
    this.#drains.open(connection);
  }

  #holdTenant(tenant: TenantEntry) {
    const { bus, timers } = this.deps;
    return new Held(
      bus,
      tenantChannel(tenant.tenantId),
      (event) => this.#tenantEvent(tenant, event),
      timers,
      () => this.#sweep.afterGap(),
    );
  }

  async #checkStanding(peer: Peer, ready: Promise<void> | null): Promise<void> {
    await ready;
    const { tenantId, recipient, revocation } = peer.claims;
    try {
      const standing = await this.deps.store.standing(tenantId, recipient);
      if (!standing.tenantActive || revocation < standing.revocation) peer.close(CLOSE.forbidden, 'revoked');
    } catch {
      // The database went away since the handshake: the next sweep looks.
      this.#sweep.afterGap();
    }
  }

  // ---- Events ----

  #recipientEvent(entry: RecipientEntry, event: BusEvent): void {
    if (event.type === 'message') this.#gated(entry.tenant, () => this.#message(entry, event.message));
    else if (event.type === 'pending') this.#gated(entry.tenant, () => this.#ask(entry.connections));
    else this.#control(entry.tenant, event);
  }

  #tenantEvent(tenant: TenantEntry, event: BusEvent): void {
    if (event.type === 'global') this.#gated(tenant, () => this.#global(tenant.tenantId, event.message, false));
    else if (event.type === 'global-pending') this.#gated(tenant, () => this.#fetchGlobal(tenant, event.id));
    else this.#control(tenant, event);
  }

  #control(tenant: TenantEntry, event: BusEvent): void {
    if (event.type === 'cancelled') for (const id of event.ids) this.#recalled.add(id);
    else if (event.type === 'global-cancelled') this.#recalled.add(event.id);
    else if (event.type === 'revoked') this.#revoked({ tenantId: tenant.tenantId, ...event });
    else if (event.type === 'tenant-disabled') this.#closeTenant(tenant.tenantId);
  }

  // While the text of a global message is fetched, what comes after it waits, so that the order stays.
  #gated(tenant: TenantEntry, run: () => void): void {
    if (tenant.gate === null) run();
    else if (tenant.gate.length < MAX_GATED) tenant.gate.push(run);
    else this.#sweep.afterGap();
  }

  #message(entry: RecipientEntry, message: OutgoingMessage): void {
    const late = this.deps.clock.now() - message.createdAt > LATE_MS;
    const item = outgoing(message);
    // Offering may end a connection, which takes it out of the list.
    for (const connection of entry.connections.slice()) {
      if (!connection.matches(message.topic)) continue;
      this.#broadcasts.catchUp(connection, entry.tenant);
      if (late) connection.ask();
      else connection.offer(item);
    }
  }

  async #fetchGlobal(tenant: TenantEntry, id: string): Promise<void> {
    const waiting: Array<() => void> = [];
    tenant.gate = waiting;
    try {
      const message = await this.deps.store.findGlobal(tenant.tenantId, id);
      if (message) this.#global(tenant.tenantId, message, false);
    } catch {
      this.#sweep.afterGap();
    }
    tenant.gate = null;
    // One of them may close the gate again; the rest then waits once more.
    for (const run of waiting) this.#gated(tenant, run);
  }

  /** @param missed found by a sweep: its event did not come */
  #global(tenantId: string, message: OutgoingMessage, missed: boolean): void {
    const tenant = this.registry.tenant(tenantId);
    if (tenant === undefined || this.#broadcasted.has(message.id) || this.#recalled.has(message.id)) return;
    // A sweep has looked for it already: whoever was to have it has it, or has its row.
    if (!missed && message.createdAt < this.#sweep.since - COMMIT_MARGIN_MS) return;
    this.#broadcasted.set(message.id, message.createdAt);
    // Where the clock cannot tell, it goes out if nobody else would bring it; one with an expiry is asked for below.
    const openedBefore = message.expiresAt === null ? message.createdAt + 1 : message.createdAt;
    this.#broadcasts.add(tenant, { item: outgoing(message), openedBefore: missed ? openedBefore : null });
    if (!missed || message.expiresAt === null) return;
    // Connections that were opened later asked for it themselves, maybe a moment before its commit.
    const until = message.createdAt + COMMIT_MARGIN_MS;
    for (const connection of tenant.connections) {
      if (connection.openedAt >= message.createdAt && connection.openedAt <= until) this.#drains.askGlobals(connection);
    }
  }

  #forgetBroadcasts(): void {
    const covered = this.#sweep.since - COMMIT_MARGIN_MS;
    for (const [id, createdAt] of this.#broadcasted) if (createdAt < covered) this.#broadcasted.delete(id);
  }

  #revoked({ tenantId, recipientHash, number }: HeldRevocation): void {
    const peers = this.registry.tenant(tenantId)?.peers.get(recipientHash) ?? [];
    for (const peer of [...peers]) if (peer.claims.revocation < number) peer.close(CLOSE.forbidden, 'revoked');
  }

  #closeTenant(tenantId: string): void {
    const tenant = this.registry.tenant(tenantId);
    if (tenant === undefined) return;
    for (const peers of [...tenant.peers.values()]) for (const peer of [...peers]) peer.close(CLOSE.forbidden, 'tenant disabled');
  }

  #ask(connections: readonly Connection[]): void {
    for (const connection of connections) connection.ask();
  }

  // ---- The end of a connection ----

  #ended(peer: Peer): void {
    this.registry.remove(peer);
    if (!(peer instanceof Connection) || peer.window.size === 0) return;
    const { tenantId, recipient } = peer.claims;
    let rowless = false;
    for (const { id, rowId } of peer.window.entries()) {
      this.#sentAgain.add(id);
      if (rowId === null) rowless = true;
    }
    for (const { run } of peer.window.runs) {
      for (const id of run.ids) this.#sentAgain.add(id);
      rowless = true;
    }
    // The others ask the database, which knows what was settled meanwhile, on whatever node. One that opens before the rows are made is
    // among them.
    const ask = () => this.#ask(this.registry.connections(tenantId, recipient));
    if (rowless) this.globals.flushed().then(ask);
    else ask();
  }

  #every(ms: number, run: () => void): void {
    let cancel = () => {};
    const again = () => {
      cancel = this.deps.timers.after(ms, again);
      run();
    };
    cancel = this.deps.timers.after(ms, again);
    this.#timers.push(() => cancel());
  }
}
