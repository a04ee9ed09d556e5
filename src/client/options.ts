import type { ReceivedMessage } from './inbox.js';
import type { PageEvents, SocketClass } from './platform.js';

/**
 * `connecting`: asking for a `connectionUri`, or opening. `open`: the node accepted the connection. `waiting`: it ended, another
 * will follow. `hidden`: the page was left; it reopens when the browser shows it again. `stopped`: by {@link TidingsClient.stop}.
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'hidden' | 'stopped';

export interface TidingsClientOptions {
  /**
   * Asks your own backend for a `connectionUri` (which it has from `registerRecipient`). Called before every connection, so that
   * an expired token does no harm. If it throws, the client tries again later.
   */
  connectionUri: () => Promise<string> | string;
  /**
   * Called for each message, one after the other in the order in which they came, once per id. When its promise resolves the
   * message is acknowledged and becomes DELIVERED; if it rejects, the message stays PENDING and comes again with a later connection.
   */
  onMessage: (message: ReceivedMessage) => unknown;
  /** Told of every change; `reason` says in words why a connection ended. */
  onState?: (state: ClientState, reason?: string) => void;
  /** Told what `connectionUri` or `onMessage` threw. */
  onError?: (error: unknown) => void;
  /** Default: the global one. Node before 22 has none: give the `WebSocket` of the package `ws`. */
  WebSocket?: SocketClass;
  /** Default: the window in a browser. Null: do not follow the page. */
  page?: PageEvents | null;
  /** Milliseconds before a new connection: a random value between both, doubled with each failure in a row up to a minute. Default 1,000 to 5,000. */
  retryMs?: readonly [number, number];
  /** Milliseconds of silence after which a ping is sent, and after which opening is given up. Default 20,000. */
  pingIntervalMs?: number;
  /** Milliseconds in which something must come in after a ping. Default 10,000. */
  pongTimeoutMs?: number;
  /** Ids that are remembered in order to drop repeats. Default 10,000; fewer than the node's unconfirmed messages make repeats possible. */
  rememberIds?: number;
}
