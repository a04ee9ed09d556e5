import type { ClientFacts } from '../core/domain/activity.js';
import type { ConnectionLimits } from '../core/ports/connection-limits.js';
import type { Logger } from '../core/ports/logger.js';
import type { MessageBus } from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { RecipientClaims } from '../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../core/ports/stores/delivery-store.js';
import type { UsageMeter } from '../core/ports/usage-meter.js';
import { FairTurns } from '../lib/fair-turns.js';
import type { Clock } from '../lib/time/clock.js';
import { SLOT_MS, TimerWheel } from '../lib/time/timer-wheel.js';
import { sleep, type Timers } from '../lib/time/timers.js';
import type { Mode } from '../protocol/subprotocols.js';
import type { ConnectionKind, HeldConnections } from './admission/connection-room.js';
import { AdmittedSocket } from './connection/admitted-socket.js';
import { type Connection, type ConnectionPorts, openConnection } from './connection/connection.js';
import { FlushScheduler } from './connection/flush-scheduler.js';
import { Broadcaster } from './dispatch/broadcaster.js';
import { BusEventDispatcher } from './dispatch/bus-event-dispatcher.js';
import { ChannelSubscriber } from './dispatch/channel-subscriber.js';
import { closeIfDead } from './dispatch/close-if-dead.js';
import { COMMIT_MARGIN_MS } from './dispatch/commit-margin.js';
import { ConnectionRegistry, type RecipientEntry } from './dispatch/connection-registry.js';
import { Drainer } from './dispatch/drainer.js';
import { QuestionAnswerer } from './dispatch/question-answerer.js';
import { Redelivery } from './dispatch/redelivery.js';
import { DueCheck } from './outbound/due-check.js';
import { ActivityRecorder } from './recording/activity-recorder.js';
import { DeliveryRecorder } from './recording/delivery-recorder.js';
import { GlobalRowRecorder } from './recording/global-row-recorder.js';
import { ReceiptRecorder } from './recording/receipt-recorder.js';
import type { Socket } from './socket/socket.js';
import { LossSignal } from './sweep/loss-signal.js';
import { SweepProgress } from './sweep/sweep-progress.js';
import { Sweeper } from './sweep/sweeper.js';

export interface NodeConfig {
  maxUnconfirmedMessages: number;
  maxUnconfirmedBytes: number;
  pingIntervalMs: number;
  pongTimeoutMs: number;
  sweepIntervalMs: number;
  /** Keeps activity for so long, in milliseconds; 0: none is recorded. */
  activityRetentionMs: number;
}

interface NodeDeps {
  /** Opaque, and another one after each start. */
  name: string;
  store: DeliveryStore;
  connectionLimits: Pick<ConnectionLimits, 'countHeld' | 'changed'>;
  bus: MessageBus;
  /** Estimates the database's clock. */
  clock: Clock;
  timers: Timers;
  metrics: Metrics;
  usage: Pick<UsageMeter, 'opened' | 'closed'>;
  logger: Logger;
  config: NodeConfig;
}

/**
 * Remembers an id on a connection for at least so long after its receipt: longer than a late event or a sweep
 * can look back.
 */
const REMEMBER_MS = 15_000;
/** Remembers a recall for at least so long. */
const RECALLED_MS = 60_000;
/** Remembers for at least so long which messages of ended connections are sent again, for the metrics. */
const SENT_AGAIN_MS = 30_000;

const UNKNOWN: ClientFacts = { sourceIp: null, origin: null, userAgent: null };

/**
 * Holds the connections of a delivery node, without the network: admitted sockets and events come in, frames
 * and receipts go out. `delivery-node.ts` puts the port and admission in front of it.
 */
export class DeliveryCore implements HeldConnections {
  readonly registry = new ConnectionRegistry();
  readonly receipts: ReceiptRecorder;
  readonly globals: GlobalRowRecorder;
  readonly activity: ActivityRecorder;
  readonly #losses = new LossSignal();
  readonly #record: DeliveryRecorder;
  readonly #drainer: Drainer;
  readonly #subscriber: ChannelSubscriber;
  readonly #sweeper: Sweeper;
  readonly #ports: ConnectionPorts;
  /** Sockets that are not gone yet, those that are closing included. */
  readonly #sockets = new Set<AdmittedSocket>();
  readonly #cancels: Array<() => void> = [];

  // Each part is given what is there already. News that goes the other way, of a loss, has its own part,
  // which comes first.
  constructor(private readonly deps: NodeDeps) {
    const { store, bus, connectionLimits, clock, timers, metrics, usage, logger, config } = deps;
    const { registry } = this;
    connectionLimits.countHeld((tenantId) => registry.tenant(tenantId)?.size ?? 0);
    const losses = this.#losses;
    const progress = new SweepProgress(clock, timers, config.sweepIntervalMs);
    const due = new DueCheck(clock);
    const broadcasts = new Broadcaster(registry, due, timers);
    this.receipts = new ReceiptRecorder({ store, timers, logger, losses });
    this.globals = new GlobalRowRecorder({ store, timers, metrics, logger, broadcasts, losses });
    const {
      name: node,
      config: { activityRetentionMs },
    } = deps;
    this.activity = new ActivityRecorder({
      store,
      clock,
      timers,
      logger,
      metrics,
      node,
      enabled: activityRetentionMs > 0,
      receipts: this.receipts,
    });
    this.#record = new DeliveryRecorder({ receipts: this.receipts, globals: this.globals, clock, timers, metrics });
    const turns = new FairTurns(() => timers.now());
    this.#drainer = new Drainer(store, timers, logger, turns);
    const redelivery = new Redelivery(registry, this.globals);
    this.#ports = {
      ...{ config, limits: config, clock, timers, metrics, due, broadcasts },
      heartbeat: new TimerWheel(timers.now()),
      unconfirmed: { messages: 0, bytes: 0 },
      record: this.#record,
      activity: this.activity,
      drains: this.#drainer,
      flushes: new FlushScheduler(timers),
      sentAgain: redelivery,
      rememberMs: Math.max(REMEMBER_MS, config.sweepIntervalMs + 2 * COMMIT_MARGIN_MS),
      mayForget: () => !this.#record.failing && progress.fresh,
      ended: (socket) => {
        usage.closed(socket.claims.tenantId);
        const connection = registry.remove(socket);
        connectionLimits.changed(socket.claims.tenantId);
        if (connection !== null) redelivery.takeOver(connection);
      },
      gone: (socket) => this.#sockets.delete(socket),
    };
    const answers = new QuestionAnswerer({ bus, clock, timers, node, record: this.#record });
    const events = new BusEventDispatcher({
      store,
      clock,
      turns,
      registry,
      broadcasts,
      drains: this.#drainer,
      due,
      progress,
      losses,
      answers,
    });
    this.#subscriber = new ChannelSubscriber({ bus, timers, events, losses });
    const { sweepIntervalMs: intervalMs } = config;
    this.#sweeper = new Sweeper({ store, registry, findings: events, progress, losses, clock, timers, intervalMs, logger });
    this.#cancels.push(bus.onGap(() => losses.gap()));
    this.#keepTime(events, broadcasts, due, redelivery);
    this.#countIn(metrics);
  }

  #keepTime(events: BusEventDispatcher, broadcasts: Broadcaster, due: DueCheck, redelivery: Redelivery): void {
    const { heartbeat, mayForget, rememberMs } = this.#ports;
    this.#every(SLOT_MS, () => heartbeat.advance(this.deps.timers.now()));
    // What a connection has buffered may wait for a database that is away.
    this.#every(RECALLED_MS, () => {
      if (mayForget()) due.rotate();
    });
    this.#every(SENT_AGAIN_MS, () => redelivery.rotate());
    this.#every(COMMIT_MARGIN_MS, () => events.forgetBroadcasts());
    this.#every(rememberMs, () => {
      if (mayForget()) broadcasts.rotate();
    });
  }

  #countIn(metrics: Metrics): void {
    const { unconfirmed } = this.#ports;
    metrics.connections.read(() => this.registry.size);
    metrics.unconfirmedMessages.read(() => unconfirmed.messages);
    metrics.unconfirmedBytes.read(() => unconfirmed.bytes);
  }

  /** Counts sockets that are not gone yet, those that are closing included. */
  get sockets(): number {
    return this.#sockets.size;
  }

  get tenants(): number {
    return this.registry.tenantCount;
  }

  ofTenant(tenantId: string): number {
    return this.registry.tenant(tenantId)?.size ?? 0;
  }

  ofRecipient(tenantId: string, recipient: string, kind: ConnectionKind): number {
    const messages = this.registry.connections(tenantId, recipient).length;
    return kind === 'messages' ? messages : this.registry.sockets(tenantId, recipient) - messages;
  }

  /** Takes over an admitted socket: from here on the recipient gets what is pending and what comes. */
  connect(claims: RecipientClaims, mode: Mode, socket: Socket, facts: ClientFacts = UNKNOWN): Connection {
    const connection = openConnection({ claims, mode, facts }, socket, this.#ports);
    this.#sockets.add(connection.admitted);
    this.deps.usage.opened(claims.tenantId);
    const entry = this.registry.addConnection(connection);
    this.deps.connectionLimits.changed(claims.tenantId);
    this.activity.connected(connection);
    void this.#drainOnceSubscribed(connection, entry);
    return connection;
  }

  /**
   * Takes over a socket that gets no messages: pings it, and closes it when its token expires or is revoked.
   */
  hold(claims: RecipientClaims, socket: Socket): AdmittedSocket {
    const admitted = new AdmittedSocket(claims, socket, this.#ports);
    this.#sockets.add(admitted);
    this.deps.usage.opened(claims.tenantId);
    const tenant = this.registry.add(admitted);
    this.deps.connectionLimits.changed(claims.tenantId);
    void this.#checkStanding(admitted, this.#subscriber.tenant(tenant).ready);
    return admitted;
  }

  /** Closes everybody, spread over a time, and waits for their receipts; bounded. In milliseconds. */
  async retireAll(spreadMs: number, patienceMs: number): Promise<void> {
    const { timers } = this.deps;
    const sockets = [...this.#sockets];
    const began = timers.now();
    for (const [i, socket] of sockets.entries()) {
      const wait = began + (spreadMs * i) / sockets.length - timers.now();
      if (wait > 5) await sleep(timers, wait);
      socket.retire(patienceMs);
    }
    const until = timers.now() + patienceMs + 1_000;
    while (this.#sockets.size > 0 && timers.now() < until) await sleep(timers, 10);
    for (const socket of this.#sockets) socket.cut();
  }

  /** Resolves once receipts, rows and activity so far are in the database, or after a while. */
  async flushed(patienceMs: number): Promise<void> {
    const written = Promise.all([this.#record.flushed(), this.activity.flushed()]);
    await Promise.race([written, sleep(this.deps.timers, patienceMs)]);
  }

  stop(): void {
    this.#sweeper.stop();
    for (const cancel of this.#cancels) cancel();
    for (const socket of [...this.#sockets]) socket.cut();
  }

  async #drainOnceSubscribed(connection: Connection, entry: RecipientEntry): Promise<void> {
    const tenant = this.#subscriber.tenant(entry.tenant);
    const recipient = this.#subscriber.recipient(entry);
    if (tenant.ready !== null) await tenant.ready;
    if (recipient.ready !== null) await recipient.ready;
    this.#drainer.open(connection);
  }

  async #checkStanding(socket: AdmittedSocket, ready: Promise<void> | null): Promise<void> {
    await ready;
    const { tenantId, recipient } = socket.claims;
    try {
      closeIfDead(socket, await this.deps.store.standing(tenantId, recipient));
    } catch {
      // The database went away since the handshake: the next sweep looks.
      this.#losses.gap();
    }
  }

  #every(ms: number, run: () => void): void {
    let cancel = () => {};
    const again = () => {
      cancel = this.deps.timers.after(ms, again);
      run();
    };
    cancel = this.deps.timers.after(ms, again);
    this.#cancels.push(() => cancel());
  }
}
