import type { ReceivedMessage } from './inbox.js';
import type { PageEvents, SocketClass } from './platform.js';

/**
 * Says what the client does. `connecting`: asking for a `connectionUri`, or opening. `open`: the node
 * accepted the connection. `waiting`: it ended, another will follow. `hidden`: the page was left; it reopens
 * when the browser shows it again. `stopped`: by {@link TidingsClient.stop}.
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'hidden' | 'stopped';

export interface TidingsClientOptions {
  /**
   * Asks your own backend for a `connectionUri`, which it has from `registerRecipient`. Called before every
   * connection, so an expired token does no harm. If it throws, the client tries again later.
   */
  connectionUri: () => Promise<string> | string;
  /**
   * Takes each message, one after the other in the order in which they came, once per id. When its promise
   * resolves, the message is acknowledged and becomes DELIVERED. If it rejects, the message stays PENDING and
   * comes again with a later connection.
   */
  onMessage: (message: ReceivedMessage) => unknown;
  /** Learns of every change. `reason` says in words why a connection ended. */
  onState?: (state: ClientState, reason?: string) => void;
  /** Takes what `connectionUri` or `onMessage` threw. */
  onError?: (error: unknown) => void;
  /**
   * Opens connections. Default: the global one. Node before 22 has none: give the `WebSocket` of the package
   * `ws`.
   */
  WebSocket?: SocketClass;
  /**
   * Tells when the page is left and shown again. Default: the window in a browser. Null: do not follow the
   * page.
   */
  page?: PageEvents | null;
  /**
   * Waits for a random time between both before a new connection, in milliseconds; doubled with each failure
   * in a row, up to a minute. Default: 1,000 to 5,000.
   */
  retryMs?: readonly [number, number];
  /**
   * Sends a ping after this much silence, and gives up opening after it, in milliseconds. Default: 20,000.
   */
  pingIntervalMs?: number;
  /** Waits at most this long for a sign of life after a ping, in milliseconds. Default: 10,000. */
  pongTimeoutMs?: number;
  /**
   * Remembers this many ids in order to drop repeats. Fewer than the node's unconfirmed messages make repeats
   * possible. Default: 10,000.
   */
  rememberIds?: number;
}
