import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import proxyaddr from 'proxy-addr';
import { type ServerOptions, WebSocketServer } from 'ws';
import type { Admin } from '../../core/ports/admin.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { readOffer } from '../../protocol/subprotocols.js';
import { type AdmissionDeps, admit } from '../admission/admit.js';
import type { HandshakeLimiter } from '../admission/handshake-limiter.js';
import type { Attempt } from '../admission/read-attempt.js';
import { Refusal } from '../admission/refusal.js';
import { WsSocket } from '../socket/ws-socket.js';
import type { Handshake, UpgradeRoute } from './upgrade-route.js';

export interface GatewayConfig {
  host: string;
  /** 0 picks a free one. */
  port: number;
  /** Path of PUBLIC_DELIVERY_URL without a trailing slash; empty if it has none. */
  publicPath: string;
  /** CIDR ranges of proxies whose X-Forwarded-For is believed. */
  trustProxy: readonly string[];
}

export interface GatewayDeps {
  config: GatewayConfig;
  routes: readonly UpgradeRoute[];
  admission: AdmissionDeps;
  limiter: HandshakeLimiter;
  admin: Admin;
  metrics: Metrics;
  logger: Logger;
  random(): number;
}

/** Longer than the idle time after which load balancers drop what they keep open. */
const KEEP_ALIVE_MS = 75_000;
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** A frame of 64 KiB comes in some 50 segments; many more are an attempt to fill our memory with small parts. */
const MAX_BUFFERED_CHUNKS = 256;
const MAX_FRAGMENTS = 64;
/** More than the pings that a client may send at once, so that its rate decides and the close has a code. */
const MAX_PENDING_PONGS = 256;
/** `Retry-After` is at least a second and this much longer at random, so that those who are refused do not come back together. */
const RETRY_SPREAD_S = 5;

const ignore = () => {};

/** The node's port: handshakes, and beside them health and metrics. The only file that knows the WebSocket library. */
export class Gateway {
  readonly #server: Server;
  readonly #servers = new Map<number, WebSocketServer>();
  readonly #protocols = new WeakMap<IncomingMessage, string>();
  /** Null if no proxy is trusted: the peer's own address is the client's. */
  readonly #trust: ((address: string, hop: number) => boolean) | null;

  #stopping = false;

  constructor(private readonly deps: GatewayDeps) {
    const { trustProxy } = deps.config;
    this.#trust = trustProxy.length > 0 ? proxyaddr.compile([...trustProxy]) : null;
    this.#server = createServer(
      { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS },
      (request, response) => {
        this.#answer(request, response).catch((error) => {
          deps.logger.error({ err: error }, 'a request failed');
          response.destroy();
        });
      },
    );
    this.#server.on('upgrade', (request, tcp, head) => this.#upgrade(request, tcp, head));
  }

  listen(): Promise<{ port: number }> {
    const { host, port } = this.deps.config;
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 4096 }, () => {
        this.#server.off('error', reject);
        resolve({ port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** From here on answers ask clients not to keep their connection. */
  announceStop(): void {
    this.#stopping = true;
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  // ---- Requests that are no handshake ----

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { path } = this.#target(request);
    if (this.#stopping) response.setHeader('Connection', 'close');
    const asks = request.method === 'GET' || request.method === 'HEAD';
    const answer = asks ? await this.deps.admin(path) : null;
    if (answer) {
      response.writeHead(answer.status, { 'Content-Type': answer.contentType, ...answer.headers });
      response.end(answer.body);
      return;
    }
    const refusal = new Refusal(this.#route(path) === null ? 'not-found' : 'no-upgrade');
    this.#count(refusal);
    response.writeHead(refusal.status, this.#headers(refusal));
    response.end(STATUS_CODES[refusal.status]);
  }

  // ---- Handshakes ----

  async #upgrade(request: IncomingMessage, tcp: Duplex, head: Buffer): Promise<void> {
    // Node has let go of the socket: an error that nobody listens to would end the process.
    tcp.on('error', ignore);
    const { path, query } = this.#target(request);
    const found = this.#route(path);
    let leave = ignore;
    try {
      if (found === null) throw new Refusal('not-found');
      if (request.headers.upgrade?.toLowerCase() !== 'websocket') throw new Refusal('no-upgrade');
      leave = this.deps.limiter.enter();
      const handshake = { request, path: found.path, query, address: () => this.#addressOf(request) };
      const attempt = found.route.read(handshake);
      const claims = await admit(attempt, this.deps.admission);
      if (this.deps.limiter.draining) throw new Refusal('draining');
      this.#accept(found.route, handshake, claims, attempt, tcp, head);
    } catch (error) {
      this.#refuse(found?.route ?? null, request, tcp, head, error);
    } finally {
      leave();
    }
  }

  #addressOf(request: IncomingMessage): string {
    return this.#trust === null ? (request.socket.remoteAddress ?? '') : proxyaddr(request, this.#trust);
  }

  #accept(route: UpgradeRoute, handshake: Handshake, claims: RecipientClaims, attempt: Attempt, tcp: Duplex, head: Buffer): void {
    const { request } = handshake;
    if (attempt.protocol) this.#protocols.set(request, attempt.protocol);
    tcp.off('error', ignore);
    this.#webSockets(route.maxPayload(attempt)).handleUpgrade(request, tcp, head, (ws) => {
      route.accept(claims, attempt, new WsSocket(ws, tcp), handshake);
    });
  }

  #refuse(route: UpgradeRoute | null, request: IncomingMessage, tcp: Duplex, head: Buffer, error: unknown): void {
    const { logger } = this.deps;
    if (!(error instanceof Refusal)) {
      logger.error({ err: error }, 'a handshake failed');
      tcp.destroy();
      return;
    }
    this.#count(error);
    if (error.status === 503) logger.debug({ refusal: error.code, err: error.cause }, 'handshake refused');
    else logger.info({ refusal: error.code }, 'handshake refused');
    const { closeCode } = error;
    if (closeCode === null || !route?.readsCloseCodes(request)) {
      this.#respond(tcp, error);
      return;
    }
    const { protocol } = readOffer(request.headers['sec-websocket-protocol']);
    if (protocol) this.#protocols.set(request, protocol);
    tcp.off('error', ignore);
    this.#webSockets(0).handleUpgrade(request, tcp, head, (ws) => {
      ws.on('error', ignore);
      ws.close(closeCode, error.code);
    });
  }

  #respond(tcp: Duplex, refusal: Refusal): void {
    const body = STATUS_CODES[refusal.status] ?? '';
    const headers = {
      Connection: 'close',
      'Content-Type': 'text/plain',
      'Content-Length': body.length,
      ...this.#headers(refusal),
    };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    tcp.once('finish', () => tcp.destroy());
    tcp.end(`HTTP/1.1 ${refusal.status} ${body}\r\n${lines.join('')}\r\n${body}`);
  }

  #headers(refusal: Refusal): Record<string, string> {
    if (refusal.status === 503) return { 'Retry-After': String(1 + Math.floor(this.deps.random() * RETRY_SPREAD_S)) };
    // RFC 9110: section 15.5.22 for 426, section 11.6.1 for 401.
    if (refusal.status === 426) return { Upgrade: 'websocket', Connection: 'Upgrade, close' };
    return refusal.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {};
  }

  #count({ status }: Refusal): void {
    if (status !== 404) this.deps.metrics.handshakesRefused[`${status}`].inc();
  }

  // Those who are refused in the open may say nothing, so they get a server with a limit of its own.
  #webSockets(maxPayload: number): WebSocketServer {
    const known = this.#servers.get(maxPayload);
    if (known) return known;
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      skipUTF8Validation: false,
      autoPong: true,
      maxPendingAutoPongs: MAX_PENDING_PONGS,
      maxPayload: Math.max(1, maxPayload),
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: (_offered: Set<string>, request: IncomingMessage) => this.#protocols.get(request) ?? false,
    } satisfies ServerOptions & Record<string, unknown>;
    const server = new WebSocketServer(options);
    this.#servers.set(maxPayload, server);
    return server;
  }

  // ---- Paths ----

  #target(request: IncomingMessage): { path: string; query: string } {
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    if (mark === -1) return { path: url, query: '' };
    return { path: url.slice(0, mark), query: url.slice(mark + 1) };
  }

  /** Every path is served below that of PUBLIC_DELIVERY_URL and as it is, since a proxy may take the prefix off. */
  #route(path: string): { route: UpgradeRoute; path: string } | null {
    const { publicPath } = this.deps.config;
    const paths = [path];
    if (publicPath !== '' && (path === publicPath || path.startsWith(`${publicPath}/`))) {
      paths.push(path.slice(publicPath.length) || '/');
    }
    for (const below of paths) {
      const route = this.deps.routes.find((candidate) => candidate.matches(below));
      if (route) return { route, path: below };
    }
    return null;
  }
}
