import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import { REQUEST_ID_HEADER, requestIdOf } from '../../lib/http/request-id.js';

/** Holds a request for a WebSocket with the stream that Node has handed over. */
export interface UpgradeRequest {
  readonly request: IncomingMessage;
  readonly tcp: Duplex;
  readonly head: Buffer;
}

/** Drops a client that leaves a close frame unanswered for this long, in milliseconds. */
const CLOSE_TIMEOUT_MS = 2_000;
/**
 * Allows the 50 or so segments of a frame of 64 KiB. Many more are an attempt to fill memory with small
 * parts.
 */
const MAX_BUFFERED_CHUNKS = 256;
const MAX_FRAGMENTS = 64;
/** Exceeds the pings that a client may send at once, so that its rate decides and the close has a code. */
const MAX_PENDING_PONGS = 256;

/** Turns HTTP upgrades into WebSockets. The only file that imports the `ws` library. */
export class WebSocketUpgrader {
  /** Keeps servers by the bytes of a frame that they take at most. */
  readonly #servers = new Map<number, WebSocketServer>();
  readonly #protocols = new WeakMap<IncomingMessage, string>();

  /**
   * Accepts the upgrade.
   * @param maxPayload bytes of a client's frame, at most
   * @param protocol subprotocol to echo
   */
  upgrade(
    { request, tcp, head }: UpgradeRequest,
    maxPayload: number,
    protocol: string | null,
    opened: (ws: WebSocket) => void,
  ): void {
    if (protocol) this.#protocols.set(request, protocol);
    this.#serverFor(maxPayload).handleUpgrade(request, tcp, head, opened);
  }

  #serverFor(maxPayload: number): WebSocketServer {
    const known = this.#servers.get(maxPayload);
    if (known) return known;
    const options = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      skipUTF8Validation: false,
      autoPong: true,
      maxPendingAutoPongs: MAX_PENDING_PONGS,
      // The library takes 0 for "no limit".
      maxPayload: Math.max(1, maxPayload),
      maxFragments: MAX_FRAGMENTS,
      maxBufferedChunks: MAX_BUFFERED_CHUNKS,
      closeTimeout: CLOSE_TIMEOUT_MS,
      handleProtocols: (_offered: Set<string>, request: IncomingMessage) => this.#protocols.get(request) ?? false,
    } satisfies ServerOptions & Record<string, unknown>;
    const server = new WebSocketServer(options);
    server.on('headers', (headers, request) => {
      headers.push(`${REQUEST_ID_HEADER}: ${requestIdOf(request)}`);
    });
    this.#servers.set(maxPayload, server);
    return server;
  }
}
