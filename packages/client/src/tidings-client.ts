import type { MessageFrame } from '../../../src/protocol/frames.js';
import { V1 } from '../../../src/protocol/subprotocols.js';
import { Attempt, CallbackGuard } from './callback-guard.js';
import { ClientConnection, type End, type NodeFrame, PROBE_MS } from './client-connection.js';
import { Inbox } from './inbox.js';
import { TopicFollower } from './live-topics/topic-follower.js';
import type { LiveEvent, SubscribeOptions } from './live-topics/topic-subscription.js';
import { MessageLoop } from './message-loop.js';
import type { ClientState, TidingsClientOptions } from './options.js';
import { globalPageEvents, globalSocketClass, type PageEvents, type SocketClass } from './platform.js';
import type { ReceivedMessage } from './received-message.js';
import { Renewal } from './renewal.js';
import { retryDelay } from './waiting.js';

const UNAUTHORIZED = 4401;
const FORBIDDEN = 4403;
/** The reason of this code says after how many seconds to come back. */
const TOO_MANY = 4429;
/** The browser's code for a connection that ended without one. */
const NO_CODE = 1006;
/** Obeys such a wait up to an hour. */
const MAX_SECONDS = 3600;

/**
 * Receives a recipient's messages for as long as it runs, by `tidings.v1` with acknowledgements, and follows
 * live topics. Opens a new connection whenever one ends. Begins to connect when it is made.
 */
export class TidingsClient implements AsyncIterable<ReceivedMessage> {
  /** Makes the sockets that tabs share. Set by `@tidings/client/tabs`. */
  static sharing: ((share: string, WebSocket: SocketClass) => SocketClass) | undefined;

  readonly #options: TidingsClientOptions;
  readonly #WebSocket: SocketClass;
  readonly #page: PageEvents | null;
  readonly #waits: { connectTimeoutMs: number; retryMs: readonly [number, number] };
  readonly #guard: CallbackGuard;
  readonly #inbox: Inbox;
  readonly #live: TopicFollower;
  readonly #renewal: Renewal;
  readonly #loop = new MessageLoop();
  #state: ClientState = 'connecting';
  #connection: ClientConnection | null = null;
  /** The latest attempt to connect. What an earlier one still waits for has no more effect. */
  #attempt: Attempt | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the connections in a row that no node accepted. */
  #failures = 0;
  /** No connection is opened before this time: the node said so. */
  #notBefore = 0;

  constructor(options: TidingsClientOptions) {
    const WebSocket = options.WebSocket ?? globalSocketClass();
    const { share, onMessage } = options;
    const { sharing } = TidingsClient;
    if (!WebSocket) throw new TypeError('no WebSocket here: pass that of the package ws as WebSocket');
    if (share && !sharing) throw new TypeError('share needs @tidings/client/tabs');
    this.#options = options;
    this.#WebSocket = (share && sharing?.(share, WebSocket)) || WebSocket;
    this.#page = options.page === undefined ? (globalPageEvents() ?? null) : options.page;
    this.#waits = { connectTimeoutMs: options.connectTimeoutMs ?? 15_000, retryMs: options.retryMs ?? [1000, 30_000] };
    this.#guard = new CallbackGuard(options.onError);
    this.#inbox = new Inbox({
      handle: (message) => (onMessage ? onMessage(message) : this.#loop.handle(message)),
      guard: this.#guard,
      retriesMs: options.messageRetriesMs ?? [1000, 5000, 30_000],
      remember: options.rememberIds ?? 1000,
    });
    this.#live = new TopicFollower(this.#guard, this.#waits);
    this.#renewal = new Renewal(this.#ask, this.#guard, this.#waits.connectTimeoutMs);
    this.#followPage('addEventListener');
    options.signal?.addEventListener('abort', () => this.stop());
    if (options.signal?.aborted) this.stop();
    else void this.#connect();
  }

  get state(): ClientState {
    return this.#state;
  }

  /**
   * Follows live topics on every connection, without a gap: what was missed comes first, or `onStale` is
   * called. Where subscriptions overlap, each gets what any of them asked for on its topics.
   *
   * @returns ends the subscription
   */
  subscribe(topics: readonly string[], onEvent: (event: LiveEvent) => unknown, options: SubscribeOptions = {}): () => void {
    return this.#live.subscribe(topics, onEvent, options);
  }

  /** Ends everything. Messages that were not acknowledged come again to the recipient's next connection. */
  stop(): void {
    this.#stop();
  }

  /**
   * Takes the messages of a client that has no `onMessage`, one after the other. One is acknowledged when the
   * next is asked for; a loop that is left before that leaves it to a later one. Ends with the client.
   */
  [Symbol.asyncIterator](): AsyncGenerator<ReceivedMessage, void> {
    return this.#loop.messages();
  }

  #stop(reason?: string, code?: number): void {
    if (this.#state === 'stopped') return;
    this.#followPage('removeEventListener');
    this.#inbox.close();
    this.#rest('stopped', reason, code);
    this.#live.close();
    this.#loop.end();
  }

  #followPage(how: 'addEventListener' | 'removeEventListener'): void {
    this.#page?.[how]('pagehide', this.#hide);
    this.#page?.[how]('pageshow', this.#show);
    this.#page?.[how]('online', this.#wake);
    this.#page?.[how]('visibilitychange', this.#wake);
  }

  // A page in the back/forward cache goes on answering WebSocket pings while its script is frozen.
  readonly #hide = (): void => this.#rest('hidden');

  readonly #show = (): void => {
    if (this.#state !== 'hidden') this.#wake();
    else if (Date.now() < this.#notBefore) this.#retry('not yet');
    else void this.#connect();
  };

  // The page, its laptop or its network is back: a timer may have hours to go, a socket may be dead.
  readonly #wake = (): void => {
    if (this.#page?.document?.visibilityState === 'hidden') return;
    if (this.#state === 'open') {
      this.#connection?.probe();
    } else if (this.#state === 'waiting' && Date.now() >= this.#notBefore) {
      this.#failures = 0;
      void this.#connect();
    }
  };

  readonly #ask = (signal: AbortSignal): Promise<string> | string => {
    const { connectionUri } = this.#options;
    return typeof connectionUri === 'string' ? connectionUri : connectionUri(signal);
  };

  async #connect(): Promise<void> {
    clearTimeout(this.#retryTimer);
    const attempt = new Attempt();
    this.#attempt = attempt;
    this.#become('connecting');
    if (attempt !== this.#attempt) return;
    const uri = await this.#guard.runWithin(this.#waits.connectTimeoutMs, attempt, this.#ask);
    if (attempt !== this.#attempt) return;
    if (!uri) return this.#retry('no connectionUri');
    if (!(await this.#guard.run(() => this.#open(uri.result))) && attempt === this.#attempt) {
      this.#retry('no connectionUri');
    }
  }

  #open(uri: string): void {
    if (typeof uri !== 'string') throw new TypeError('no connectionUri');
    const { pingIntervalMs = 20_000, pongTimeoutMs = 10_000 } = this.#options;
    const connection: ClientConnection = new ClientConnection(
      new this.#WebSocket(uri, [V1]),
      {
        onAccepted: () => {
          this.#failures = 0;
          this.#become('open');
          if (connection !== this.#connection) return;
          const send = (frame: object) => connection.send(frame);
          this.#live.connected(send);
          if (typeof this.#options.connectionUri !== 'string') this.#renewal.begin(uri, send);
        },
        onFrame: (frame) => this.#receive(frame, connection),
        onEnd: (end) => {
          if (this.#connection === connection) void this.#ended(end, uri);
        },
      },
      { connectTimeoutMs: this.#waits.connectTimeoutMs, pingIntervalMs, pongTimeoutMs },
    );
    this.#connection = connection;
  }

  #receive(frame: NodeFrame, connection: ClientConnection): void {
    const { type, ...message } = frame as unknown as MessageFrame;
    if (type !== 'message') {
      this.#live.take(frame);
      this.#renewal.take(frame);
    } else if (typeof message.id === 'string' && typeof message.message === 'string') {
      void this.#inbox.take(message).then((dealt) => dealt && connection.ack(message.id));
    }
  }

  async #ended({ reason, code, accepted, probed }: End, uri: string): Promise<void> {
    this.#disconnected();
    const { connectionUri, stopWhenRevoked } = this.#options;
    const isOver = code === UNAUTHORIZED && typeof connectionUri === 'string';
    if (isOver || (code === FORBIDDEN && stopWhenRevoked !== false)) {
      this.#stop(reason, code);
      return;
    }
    const attempt = this.#attempt;
    let seconds = code === TOO_MANY ? Number(/:\D*(\d+)/.exec(reason)?.[1]) : 0;
    if (code === NO_CODE && !accepted) seconds = await secondsToWait(uri);
    if (attempt !== this.#attempt) return;
    this.#notBefore = Date.now() + Math.min(seconds || 0, MAX_SECONDS) * 1000;
    this.#retry(reason, code, probed);
  }

  #retry(reason: string, code?: number, atOnce?: boolean): void {
    const delay = atOnce ? 0 : retryDelay(this.#failures++, this.#waits.retryMs);
    const rest = Math.max(0, this.#notBefore - Date.now());
    this.#retryTimer = setTimeout(() => void this.#connect(), rest + delay);
    this.#become('waiting', reason, code);
  }

  #rest(state: 'hidden' | 'stopped', reason?: string, code?: number): void {
    this.#attempt?.abort();
    this.#attempt = null;
    clearTimeout(this.#retryTimer);
    const connection = this.#connection;
    this.#disconnected();
    connection?.close(state);
    this.#become(state, reason, code);
  }

  #disconnected(): void {
    this.#connection = null;
    this.#renewal.stop();
    this.#inbox.abandonRefused();
    this.#live.disconnected();
  }

  #become(state: ClientState, reason?: string, code?: number): void {
    if (state === this.#state && reason === undefined) return;
    this.#state = state;
    void this.#guard.run(() => this.#options.onState?.(state, reason, code));
  }
}

/**
 * Scripts cannot see why a handshake was refused. A node that takes no connections tells when to come back in
 * its answer to a plain request, too.
 */
async function secondsToWait(uri: string): Promise<number> {
  try {
    const { headers } = await fetch(uri.replace('ws', 'http'), { signal: AbortSignal.timeout(PROBE_MS) });
    return Number(headers.get('retry-after'));
  } catch {
    return 0;
  }
}
