import type { Admin } from '../core/ports/admin.js';
import type { ConnectionLimits } from '../core/ports/connection-limits.js';
import type { DebugLog } from '../core/ports/debug-log.js';
import type { Logger } from '../core/ports/logger.js';
import type { MessageBus } from '../core/ports/message-bus.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { RecipientClaims, RecipientTokens } from '../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../core/ports/stores/delivery-store.js';
import { noUsage, type UsageMeter } from '../core/ports/usage-meter.js';
import type { Clock } from '../lib/time/clock.js';
import { sleep, systemTimers, type Timers } from '../lib/time/timers.js';
import { KnownRevocations } from './admission/check-revocation.js';
import { HandshakeLimiter } from './admission/handshake-limiter.js';
import type { AdmittedSocket } from './connection/admitted-socket.js';
import type { DeliveryConfig } from './delivery-config.js';
import { DeliveryCore } from './delivery-core.js';
import type { ClientScriptFile } from './gateway/client-script.js';
import { Gateway } from './gateway/gateway.js';
import { messagesRoute } from './gateway/message-route.js';
import type { UpgradeRoute } from './gateway/upgrade-route.js';
import { ack } from './inbound/ack.js';
import type { Commands } from './inbound/client-command.js';
import { ping } from './inbound/ping.js';
import { renewCommand } from './inbound/renew.js';
import type { Socket } from './socket/socket.js';

export interface DeliveryDeps {
  store: DeliveryStore;
  bus: MessageBus;
  tokens: RecipientTokens;
  connectionLimits: ConnectionLimits;
  /** Estimates the database's clock. */
  clock: Clock;
  /** Keeps the node's own time. Default: the system's. */
  timers?: Timers;
  metrics: Metrics;
  /** Counts what tenants do. Default: nothing does. */
  usage?: UsageMeter;
  logger: Logger;
  /** Tells of each handshake. Default: nobody listens. */
  debug?: DebugLog;
  admin: Admin;
  config: DeliveryConfig;
  /** Adds commands of `tidings.v1` to `ack`, `ping` and `renew`. */
  commands?: Commands;
  /** Names the client that it serves to pages. Default: none. */
  clientScript?: ClientScriptFile;
  /** Bounds how long the head of a request may take, in milliseconds. */
  headTimeoutMs?: number;
}

export interface DeliveryNode {
  /** Starts to accept connections. */
  listen(): Promise<{ port: number }>;
  /** Serves another kind of connection, by path, after the same steps of admission. */
  attach(route: UpgradeRoute): void;
  /**
   * Takes over an admitted socket that gets no messages: pings it, and closes it when its token expires or is
   * revoked.
   */
  hold(claims: RecipientClaims, socket: Socket): AdmittedSocket;
  /**
   * Goes on for the delay, then refuses handshakes, closes connections over the spread once their receipts
   * are in (bounded), and writes receipts (bounded).
   */
  drain(): Promise<void>;
  /** Drains unless that has been done, then lets go of everything. */
  stop(): Promise<void>;
  /** Counts open connections of every kind. */
  readonly connections: number;
  /** Counts sockets that are not gone yet. */
  readonly sockets: number;
  /** Changes how many sockets it may hold, and whether it takes new connections or leaves them to others. */
  allow(allowance: { most: number; accepts: boolean }): void;
}

// Bounds the wait for the last receipts of a connection when the node stops, and for their writing, in
// milliseconds.
const RECEIPT_PATIENCE_MS = 1_500;
const WRITE_PATIENCE_MS = 1_500;

/** Creates a whole delivery node: the port and admission, in front of a DeliveryCore with the connections. */
export function createDeliveryNode(deps: DeliveryDeps): DeliveryNode {
  const { config, store, tokens, connectionLimits, clock, metrics, usage = noUsage, logger, admin } = deps;
  const timers = deps.timers ?? systemTimers;
  // Has 40 random bits: it tells nodes and their starts apart.
  const name = Math.floor(timers.random() * 2 ** 40)
    .toString(16)
    .padStart(10, '0');
  const core = new DeliveryCore({ ...deps, name, timers, usage });
  const limiter = new HandshakeLimiter(config, core, timers);
  const admission = { store, tokens, connectionLimits, clock, timers, limiter, revocations: new KnownRevocations() };
  const commands = { ...deps.commands, ack, ping, renew: renewCommand(admission) };
  const routes = [messagesRoute(core, { commands, timers, logger })];
  const gateway = new Gateway({
    config,
    routes,
    admission,
    connectionLimits,
    admin,
    metrics,
    usage,
    logger,
    debug: deps.debug,
    timers,
    clientScript: deps.clientScript,
    headTimeoutMs: deps.headTimeoutMs,
  });
  let drained: Promise<void> | null = null;
  let listening = false;

  function drain(): Promise<void> {
    drained ??= drainOnce();
    return drained;
  }

  async function drainOnce(): Promise<void> {
    // Nobody has come yet who would have to leave.
    if (!listening) return;
    gateway.announceStop();
    if (config.shutdownDelayMs > 0) await sleep(timers, config.shutdownDelayMs);
    limiter.draining = true;
    await core.retireAll(config.shutdownSpreadMs, RECEIPT_PATIENCE_MS);
    await core.flushed(WRITE_PATIENCE_MS);
  }

  return {
    async listen() {
      const address = await gateway.listen();
      listening = true;
      logger.info({ node: name, port: address.port }, 'the delivery node listens; answers about its connections have this name');
      return address;
    },
    attach: (route) => {
      routes.push(route);
    },
    hold: (claims, socket) => core.hold(claims, socket),
    drain,
    async stop() {
      await drain();
      core.stop();
      await gateway.close();
    },
    get sockets() {
      return core.sockets;
    },
    allow({ most, accepts }) {
      limiter.maxConnections = most;
      if (listening && drained === null) gateway.accept(accepts);
    },
    get connections() {
      return core.registry.size;
    },
  };
}
