import type { Logger } from '../core/ports/logger.js';
import { type MessageBus, recipientChannel, tenantChannel } from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { RecipientClaims } from '../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../core/ports/stores/delivery-store.js';
import { GenerationalSet } from '../lib/generational-set.js';
import type { Clock } from '../lib/time/clock.js';
import { SLOT_MS, TimerWheel } from '../lib/time/timer-wheel.js';
import { sleep, type Timers } from '../lib/time/timers.js';
import { CLOSE } from '../protocol/close-codes.js';
import type { Mode } from '../protocol/subprotocols.js';
import { AdmittedSocket } from './connection/admitted-socket.js';
import { Connection } from './connection/connection.js';
import { FlushScheduler } from './connection/flush-scheduler.js';
import type { ConnectionContext } from './connection-context.js';
import { Broadcaster } from './dispatch/broadcaster.js';
import { askAll, BusEventDispatcher } from './dispatch/bus-event-dispatcher.js';
import { BusSubscription } from './dispatch/bus-subscription.js';
import { ConnectionRegistry, type RecipientEntry, type TenantEntry } from './dispatch/connection-registry.js';
import { Drainer } from './dispatch/drainer.js';
import type { Outgoing } from './outbound/frame-encoder.js';
import { GlobalRowRecorder } from './recording/global-row-recorder.js';
import { ReceiptRecorder } from './recording/receipt-recorder.js';
import type { Socket } from './socket/socket.js';
import { COMMIT_MARGIN_MS, Sweeper } from './sweep/sweeper.js';

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

/** How long an id is remembered on a connection after its receipt, at least: longer than a late event or a sweep can look back. */
const REMEMBER_MS = 15_000;
const RECALLED_MS = 60_000;
/** What remembers which messages of ended connections are sent again, for the metrics. */
const SENT_AGAIN_MS = 30_000;

/** What a delivery node does with connections, without the network: admitted sockets and events come in, frames and receipts go out. */
export class DeliveryCore {
  readonly registry = new ConnectionRegistry();
  readonly receipts: ReceiptRecorder;
  readonly globals: GlobalRowRecorder;
  readonly context: ConnectionContext;
  readonly #drains: Drainer;
  readonly #broadcasts: Broadcaster;
  readonly #sweep: Sweeper;
  readonly #events: BusEventDispatcher;
  readonly #heartbeat: TimerWheel;
  readonly #recalled = new GenerationalSet();
  readonly #sentAgain = new GenerationalSet();
  readonly #timers: Array<() => void> = [];
  readonly #sockets = new Set<AdmittedSocket>();

  constructor(private readonly deps: NodeDeps) {
    const { store, bus, clock, timers, metrics, logger, config } = deps;
    const onDropped = () => this.#sweep.doubt();
    this.receipts = new ReceiptRecorder(store, timers, logger, onDropped);
    this.globals = new GlobalRowRecorder(store, timers, metrics, logger, () => this.#broadcasts.walking, onDropped);
    this.#drains = new Drainer(store, timers, logger);
    const isDue = ({ encoded: { message } }: Outgoing) =>
      !this.#recalled.has(message.id) && (message.expiresAt === null || clock.now() < message.expiresAt);
    this.#broadcasts = new Broadcaster(timers, isDue);
    this.#heartbeat = new TimerWheel(timers.now());
    const flushes = new FlushScheduler(timers);
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
      catchUp: (connection) => {
        const tenant = this.registry.tenant(connection.claims.tenantId);
        if (tenant) this.#broadcasts.catchUp(connection, tenant);
      },
      drain: (connection) => this.#drains.start(connection),
      flushSoon: (connection) => flushes.add(connection),
      isSentAgain: (id) => this.#sentAgain.has(id),
      isDue,
      broadcastNumber: (id) => this.#broadcasts.numberOf(id),
      ended: (peer) => this.#ended(peer),
      gone: (peer) => this.#sockets.delete(peer),
    };
    const sweep = () => this.#sweep;
    this.#events = new BusEventDispatcher({
      store,
      clock,
      registry: this.registry,
      broadcasts: this.#broadcasts,
      drains: this.#drains,
      recalled: this.#recalled,
      sweep: {
        get since() {
          return sweep().since;
        },
        afterGap: () => this.#sweep.afterGap(),
      },
    });
    this.#sweep = new Sweeper(store, this.registry, this.#events, clock, timers, config.sweepIntervalMs, logger);
    this.#timers.push(bus.onGap(() => this.#sweep.afterGap()));
    this.#every(SLOT_MS, () => this.#heartbeat.advance(timers.now()));
    // What a connection has buffered may wait for a database that is away.
    this.#every(RECALLED_MS, () => {
      if (this.context.mayForget()) this.#recalled.rotate();
    });
    this.#every(SENT_AGAIN_MS, () => this.#sentAgain.rotate());
    this.#every(COMMIT_MARGIN_MS, () => this.#events.forgetBroadcasts());
    this.#every(this.context.rememberMs, () => {
      if (this.context.mayForget()) this.#broadcasts.rotate();
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
  hold(claims: RecipientClaims, socket: Socket): AdmittedSocket {
    const peer = new AdmittedSocket(claims, socket, this.context);
    this.#sockets.add(peer);
    const tenant = this.registry.add(peer);
    tenant.subscription ??= this.#subscribeTenant(tenant);
    this.#checkStanding(peer, tenant.subscription.ready);
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
    tenant.subscription ??= this.#subscribeTenant(tenant);
    entry.subscription ??= new BusSubscription(
      bus,
      recipientChannel(tenantId, entry.recipient),
      (event) => this.#events.ofRecipient(entry, event),
      timers,
      () => askAll(entry.connections),
    );
    if (tenant.subscription.ready) await tenant.subscription.ready;
    if (entry.subscription?.ready) await entry.subscription.ready;
    this.#drains.open(connection);
  }

  #subscribeTenant(tenant: TenantEntry) {
    const { bus, timers } = this.deps;
    return new BusSubscription(
      bus,
      tenantChannel(tenant.tenantId),
      (event) => this.#events.ofTenant(tenant, event),
      timers,
      () => this.#sweep.afterGap(),
    );
  }

  async #checkStanding(peer: AdmittedSocket, ready: Promise<void> | null): Promise<void> {
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

  // ---- The end of a connection ----

  #ended(peer: AdmittedSocket): void {
    this.registry.remove(peer);
    if (!(peer instanceof Connection) || peer.window.size === 0) return;
    const { tenantId, recipient } = peer.claims;
    let rowless = false;
    for (const { id, rowId } of peer.window.entries()) {
      this.#sentAgain.add(id);
      if (rowId === null) rowless = true;
    }
    for (const { ids } of peer.window.batches) {
      for (const id of ids) this.#sentAgain.add(id);
      rowless = true;
    }
    // The others ask the database, which knows what was settled meanwhile, on whatever node. One that opens before the rows are made is
    // among them.
    const ask = () => askAll(this.registry.connections(tenantId, recipient));
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
