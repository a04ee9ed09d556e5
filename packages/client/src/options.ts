import type { PageEvents, SocketClass } from './platform.js';
import type { ReceivedMessage } from './received-message.js';

/**
 * Says what the client does. `connecting`: asking for a `connectionUri`, or opening. `open`: the node
 * accepted the connection. `waiting`: it ended, another will follow. `hidden`: the page was left; it reopens
 * when the browser shows it again. `stopped`: by {@link TidingsClient.stop}, or because the recipient was
 * revoked.
 */
export type ClientState = 'connecting' | 'open' | 'waiting' | 'hidden' | 'stopped';

/** Whatever these functions throw goes to `onError` and stops nothing. */
export interface TidingsClientOptions {
  /**
   * A `connectionUri`, which your own backend has from `registerRecipient`, or a function that asks it for
   * one. The function is called before every connection, and before the token of an open one ends, which then
   * is renewed. If it fails, or takes longer than `connectTimeoutMs` (`signal` is aborted then), it is called
   * again later. A URI alone serves until its token ends; that stops the client.
   */
  connectionUri: string | ((signal: AbortSignal) => Promise<string> | string);
  /**
   * Takes each message, one after the other in the order in which they came, once per id. When its promise
   * resolves, the message is acknowledged and becomes DELIVERED. If it rejects, the message is tried again on
   * the same connection after each of `messageRetriesMs`; then it stays PENDING and comes again with a later
   * connection. Without it, loop over the client: `for await (const message of client)`.
   */
  onMessage?: (message: ReceivedMessage) => unknown;
  /**
   * Learns of every change. `reason` says in words why a connection ended, `code` is the node's close code if
   * it closed.
   */
  onState?: (state: ClientState, reason?: string, code?: number) => unknown;
  /**
   * Takes what the other functions threw, and refusals of subscriptions (with `code`). Default: the
   * console.
   */
  onError?: (error: unknown) => unknown;
  /** Stops the client when it is aborted. */
  signal?: AbortSignal;
  /**
   * Shares one connection among the tabs of this name whose tokens are of the same recipient. Needs
   * `@tidings/client/tabs`.
   */
  share?: string;
  /**
   * Stops for good when the node closes with 4403: the recipient was revoked, or breaks a restriction of the
   * token. False: asks for another `connectionUri` all the same. Default: true.
   */
  stopWhenRevoked?: boolean;
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
   * Waits a random part of the first time before a new connection, in milliseconds; doubled with each failure
   * in a row, up to the second. Default: 1,000 and 30,000.
   */
  retryMs?: readonly [number, number];
  /**
   * Gives up a request for a `connectionUri`, a handshake or a fetch of the state after this time, in
   * milliseconds. Default: 15,000.
   */
  connectTimeoutMs?: number;
  /** Sends a ping after this much silence, in milliseconds. Default: 20,000. */
  pingIntervalMs?: number;
  /** Waits at most this long for a sign of life after a ping, in milliseconds. Default: 10,000. */
  pongTimeoutMs?: number;
  /**
   * Tries a message that `onMessage` refused again after each of these times, in milliseconds. Default:
   * 1,000,
   * 5,000 and 30,000.
   */
  messageRetriesMs?: readonly number[];
  /**
   * Remembers this many ids in order to drop repeats. Fewer than the node's unconfirmed messages make repeats
   * possible. Default: 1,000.
   */
  rememberIds?: number;
}
