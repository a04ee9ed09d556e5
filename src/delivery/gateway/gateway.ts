import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Admin } from '../../core/ports/admin.js';
import type { ConnectionLimits } from '../../core/ports/connection-limits.js';
import { type DebugLog, noDebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { callerOf } from '../../core/validation/caller-address.js';
import { FairTurns } from '../../lib/fair-turns.js';
import { headTimeouts } from '../../lib/http/http-timeouts.js';
import type { IdleSockets } from '../../lib/http/idle-sockets.js';
import { boundPipelining } from '../../lib/http/pipelining.js';
import { answerUnreadable, REQUEST_ID_HEADER, requestIdOf } from '../../lib/http/request-id.js';
import { createSourceAddress } from '../../lib/http/source-address.js';
import type { Timers } from '../../lib/time/timers.js';
import type { CloseCode } from '../../protocol/close-codes.js';
import { readOffer } from '../../protocol/subprotocols.js';
import { type AdmissionDeps, admit } from '../admission/admit.js';
import { FailedHandshakes } from '../admission/failed-handshakes.js';
import type { Attempt } from '../admission/read-attempt.js';
import { Refusal } from '../admission/refusal.js';
import { ReadTurns } from '../socket/read-turns.js';
import { WsSocket } from '../socket/ws-socket.js';
import { ClientScript, type ClientScriptFile } from './client-script.js';
import { HandshakeLines } from './handshake-lines.js';
import { boundIdleSockets } from './idle-bounds.js';
import { ListeningPort, type ListeningPortConfig } from './listening-port.js';
import { closeReason, refusalBody, refusalHeaders, respondRefused } from './refusal-response.js';
import type { Handshake, UpgradeRoute } from './upgrade-route.js';
import { type UpgradeRequest, WebSocketUpgrader } from './websocket-upgrader.js';

export interface GatewayConfig extends ListeningPortConfig {
  /** The path of PUBLIC_DELIVERY_URL without a trailing slash; empty if it has none. */
  publicPath: string;
  /** Lists CIDR ranges of proxies whose X-Forwarded-For is believed. */
  trustProxy: readonly string[];
  maxConnections: number;
}

interface GatewayDeps {
  config: GatewayConfig;
  routes: readonly UpgradeRoute[];
  admission: AdmissionDeps;
  connectionLimits: Pick<ConnectionLimits, 'isFull'>;
  admin: Admin;
  metrics: Metrics;
  usage: Pick<UsageMeter, 'count'>;
  logger: Logger;
  /** Tells of each handshake. Default: nobody listens. */
  debug?: DebugLog | undefined;
  timers: Timers;
  /** Serves the client for pages, if given. */
  clientScript?: ClientScriptFile | undefined;
  /** Bounds how long the head of a request may take, in milliseconds. */
  headTimeoutMs?: number | undefined;
}

/** Keeps idle connections longer than load balancers do, in milliseconds. */
const KEEP_ALIVE_MS = 75_000;
const REQUEST_MS = 30_000;
/** Refuses a handshake that has waited longer than this for its turn, in milliseconds: its client is about to give up. */
const MAX_WAIT_MS = 1_000;
/** Bounds the refused clients that are told by a close code at the same time. */
const MAX_CLOSING = 1_000;

const ignore = () => {};

/** Describes a client that has passed the steps of admission. */
interface Admitted {
  route: UpgradeRoute;
  handshake: Handshake;
  attempt: Attempt;
  claims: RecipientClaims;
}

/** Serves the node's port: handshakes, and beside them health and metrics. See docs/design/admission.md. */
export class Gateway {
  readonly #server: Server;
  readonly #port: ListeningPort;
  readonly #upgrader = new WebSocketUpgrader();
  readonly #sourceAddress: (request: IncomingMessage) => string;
  readonly #failures: FailedHandshakes;
  readonly #idle: IdleSockets;
  readonly #lines: HandshakeLines;
  readonly #reads = new ReadTurns();
  /** Handshakes by address: hundreds whose heads are read in one turn of the event loop begin in several. */
  readonly #handshakes: FairTurns;
  readonly #script: ClientScript | null;
  /** Counts the refused clients that are being told by a close code. */
  #closing = 0;
  #stopping = false;

  constructor(private readonly deps: GatewayDeps) {
    const { config, timers, metrics } = deps;
    const now = () => timers.now();
    this.#handshakes = new FairTurns(now);
    this.#lines = new HandshakeLines(deps.debug ?? noDebugLog, now);
    this.#sourceAddress = createSourceAddress(config.trustProxy);
    this.#failures = new FailedHandshakes(now);
    this.#idle = boundIdleSockets({ config, now, onClosed: () => metrics.idleSocketsClosed.inc() });
    this.#script = deps.clientScript ? new ClientScript(deps.clientScript) : null;
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, requestTimeout: REQUEST_MS, ...headTimeouts(deps.headTimeoutMs) },
      (request, response) => this.#serve(request, response),
    );
    this.#port = new ListeningPort(this.#server, config, deps.logger);
    boundPipelining(this.#server);
    this.#idle.watch(this.#server);
    this.#server.on('upgrade', (request, tcp, head) => {
      this.#idle.release(request.socket);
      if (request.headers.upgrade?.toLowerCase() === 'websocket') void this.#upgrade({ request, tcp, head });
      else this.#serveWithoutUpgrade(request, tcp as Socket);
    });
    this.#server.on('clientError', answerUnreadable);
  }

  async listen(): Promise<{ port: number }> {
    return { port: await this.#port.listen() };
  }

  /**
   * Takes new connections, or leaves them to the other workers that listen on the same port. Those that are
   * open stay.
   */
  accept(accepts: boolean): void {
    this.#port.accept(accepts);
  }

  /** Makes answers ask clients to close their connection from now on. */
  announceStop(): void {
    this.#stopping = true;
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  // ---- Requests other than handshakes ----

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const requestId = requestIdOf(request);
    response.setHeader(REQUEST_ID_HEADER, requestId);
    this.#answer(request, response).catch((error) => {
      this.deps.logger.error({ requestId, err: error }, 'a request failed');
      response.destroy();
    });
  }

  /**
   * Ignores an upgrade that is not ours (RFC 9110, section 7.8), such as that to HTTP/2. Node has let go of
   * the connection, so it ends with the answer.
   */
  #serveWithoutUpgrade(request: IncomingMessage, tcp: Socket): void {
    tcp.on('error', ignore);
    tcp.resume();
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(tcp);
    response.once('finish', () => tcp.destroySoon());
    this.#serve(request, response);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path } = this.#target(request);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (this.#stopping) response.setHeader('Connection', 'close');
    const asks = request.method === 'GET' || request.method === 'HEAD';
    const answer = asks ? await this.deps.admin(path) : null;
    if (answer) {
      response.writeHead(answer.status, { 'Content-Type': answer.contentType, ...answer.headers });
      response.end(answer.body);
      return;
    }
    if (asks && (await this.#serveScript(path, request, response))) return;
    const refusal = new Refusal(this.#route(path) === null ? 'not-found' : 'no-upgrade');
    this.#count(refusal);
    response.writeHead(refusal.status, { ...refusalHeaders(refusal, this.deps.timers.random), ...this.#serviceHeaders() });
    response.end(refusalBody(refusal));
  }

  async #serveScript(path: string, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    for (const below of this.#pathsBelow(path)) if (await this.#script?.serve(below, request, response)) return true;
    return false;
  }

  /**
   * Tells scripts, which cannot see why their handshake was refused, when to come back: in the answer to a
   * plain request.
   */
  #serviceHeaders(): Record<string, string> {
    const readable = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'Retry-After' };
    const { limiter } = this.deps.admission;
    return limiter.takesNone ? { ...readable, ...refusalHeaders(new Refusal('full'), this.deps.timers.random) } : readable;
  }

  // ---- Handshakes ----

  async #upgrade(upgrade: UpgradeRequest): Promise<void> {
    const { request, tcp } = upgrade;
    // Node no longer listens to the socket, and an error without a listener would end the process.
    tcp.on('error', ignore);
    const askedAt = this.deps.timers.now();
    if (!this.#handshakes.isFree) {
      await this.#handshakes.next(callerOf(this.#sourceAddress(request)));
      if (tcp.destroyed) return;
    }
    const { path, query } = this.#target(request);
    const found = this.#route(path);
    const handshake = { request, path: found?.path ?? path, query, address: () => this.#sourceAddress(request) };
    let leave = ignore;
    let claims: RecipientClaims | null = null;
    try {
      if (this.deps.timers.now() - askedAt > MAX_WAIT_MS) throw new Refusal('busy');
      if (found === null) throw new Refusal('not-found');
      const { admission } = this.deps;
      admission.limiter.checkService();
      const attempt = found.route.read(handshake);
      const admitted = await admit(attempt, found.route.kind, admission);
      ({ leave, claims } = admitted);
      // In the turn in which it is held: others may have come while the database was asked.
      admission.limiter.confirm(claims, found.route.kind);
      if (this.deps.connectionLimits.isFull(claims.tenantId)) throw new Refusal('tenant-connections');
      this.#accept(upgrade, { route: found.route, handshake, attempt, claims });
    } catch (error) {
      if (error instanceof Refusal) error.of(claims);
      this.#refuse(upgrade, handshake, found?.route ?? null, error);
    } finally {
      leave();
    }
  }

  #accept(upgrade: UpgradeRequest, { route, handshake, attempt, claims }: Admitted): void {
    const { tcp } = upgrade;
    tcp.off('error', ignore);
    this.#upgrader.upgrade(upgrade, route.maxPayload(attempt), attempt.protocol, (ws) => {
      const socket = new WsSocket(ws, tcp, { turns: this.#reads, owner: claims.tenantId });
      this.#lines.opened({ handshake, attempt, claims, kind: route.kind }, ws, socket);
      route.accept(claims, attempt, socket, handshake);
    });
  }

  #refuse(upgrade: UpgradeRequest, handshake: Handshake, route: UpgradeRoute | null, error: unknown): void {
    const { request, tcp } = upgrade;
    const { logger, timers } = this.deps;
    if (!(error instanceof Refusal)) {
      logger.error({ requestId: requestIdOf(request), err: error }, 'a handshake failed');
      tcp.destroy();
      return;
    }
    const isTolerated = !error.isTheirs || this.#failures.tolerate(this.#sourceAddress(request));
    const refusal = isTolerated || error.status === 429 ? error : new Refusal('busy', { cause: error }).of(error.claims);
    this.#count(refusal);
    this.#lines.refused(refusal, handshake);
    const { closeCode } = refusal;
    const isTold = isTolerated && closeCode !== null && this.#closing < MAX_CLOSING;
    const tellsCode = isTold && route?.readsCloseCodes(request) === true;
    route?.refused?.(error, handshake, tellsCode ? closeCode : null);
    if (tellsCode) this.#closeAfterHandshake(upgrade, closeCode, refusal);
    else respondRefused(upgrade, refusal, timers.random);
  }

  /**
   * Refuses a client that cannot see statuses. It may say nothing more: the limit of its frames is one byte.
   */
  #closeAfterHandshake(upgrade: UpgradeRequest, closeCode: CloseCode, refusal: Refusal): void {
    const { request, tcp } = upgrade;
    const { protocol } = readOffer(request.headers['sec-websocket-protocol']);
    tcp.off('error', ignore);
    this.#upgrader.upgrade(upgrade, 0, protocol, (ws) => {
      this.#closing++;
      ws.on('close', () => {
        this.#closing--;
      });
      ws.on('error', ignore);
      ws.close(closeCode, closeReason(refusal, this.deps.timers.random));
    });
  }

  #count({ status, tenantId }: Refusal): void {
    if (status !== 404) this.deps.metrics.handshakesRefused[`${status}`].inc();
    if (tenantId !== null) this.deps.usage.count(tenantId, 'refused');
  }

  // ---- Paths ----

  #target(request: IncomingMessage): { path: string; query: string } {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    if (mark === -1) return { path: url, query: '' };
    return { path: url.slice(0, mark), query: url.slice(mark + 1) };
  }

  /** Finds the route below the path of PUBLIC_DELIVERY_URL or without it, since a proxy may take that off. */
  #route(path: string): { route: UpgradeRoute; path: string } | null {
    for (const below of this.#pathsBelow(path)) {
      const route = this.deps.routes.find((candidate) => candidate.matches(below));
      if (route) return { route, path: below };
    }
    return null;
  }

  #pathsBelow(path: string): string[] {
    const { publicPath } = this.deps.config;
    const isBelow = publicPath !== '' && (path === publicPath || path.startsWith(`${publicPath}/`));
    return isBelow ? [path, path.slice(publicPath.length) || '/'] : [path];
  }
}
