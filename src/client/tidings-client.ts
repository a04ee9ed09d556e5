import type { MessageFrame } from '../protocol/frames.js';
import { V1 } from '../protocol/subprotocols.js';
import { ClientConnection } from './client-connection.js';
import { Inbox } from './inbox.js';
import type { ClientState, TidingsClientOptions } from './options.js';
import type { PageEvents, SocketClass } from './platform.js';
import { globalPageEvents, globalSocketClass } from './platform.js';

/** Waits at most this long before a new connection, in milliseconds. */
const MAX_RETRY_MS = 60_000;

/**
 * Receives a recipient's messages for as long as it runs, by `tidings.v1` with acknowledgements. Opens a new
 * connection whenever one ends. Begins to connect when it is made.
 */
export class TidingsClient {
  readonly #options: TidingsClientOptions;
  readonly #WebSocket: SocketClass;
  readonly #page: PageEvents | null;
  readonly #inbox: Inbox;
  #state: ClientState = 'connecting';
  #connection: ClientConnection | null = null;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  /** Counts the connections in a row that no node accepted. */
  #failures = 0;
  /** Grows whenever what was begun before must have no more effect. */
  #attempt = 0;

  constructor(options: TidingsClientOptions) {
    const WebSocket = options.WebSocket ?? globalSocketClass();
    if (!WebSocket) throw new TypeError('There is no global WebSocket: give one in the options');
    this.#options = options;
    this.#WebSocket = WebSocket;
    this.#page = options.page === undefined ? (globalPageEvents() ?? null) : options.page;
    this.#inbox = new Inbox(options.onMessage, options.rememberIds ?? 10_000);
    this.#page?.addEventListener('pagehide', this.#hide);
    this.#page?.addEventListener('pageshow', this.#show);
    void this.#connect();
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Ends everything. Messages that were not acknowledged come again to the recipient's next connection. */
  stop(): void {
    if (this.#state === 'stopped') return;
    this.#page?.removeEventListener('pagehide', this.#hide);
    this.#page?.removeEventListener('pageshow', this.#show);
    this.#rest('stopped');
  }

  // A page in the back/forward cache goes on answering WebSocket pings while its script is frozen.
  readonly #hide = (): void => this.#rest('hidden');

  readonly #show = ({ persisted }: { persisted: boolean }): void => {
    if (persisted && this.#state === 'hidden') void this.#connect();
  };

  async #connect(): Promise<void> {
    const attempt = ++this.#attempt;
    this.#become('connecting');
    let uri: string;
    try {
      uri = await this.#options.connectionUri();
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.#options.onError?.(error);
      return this.#retry('no connectionUri');
    }
    if (attempt !== this.#attempt) return;
    try {
      this.#open(uri);
    } catch (error) {
      this.#options.onError?.(error);
      this.#retry('not a connectionUri');
    }
  }

  #open(uri: string): void {
    const { pingIntervalMs = 20_000, pongTimeoutMs = 10_000 } = this.#options;
    const connection: ClientConnection = new ClientConnection(
      new this.#WebSocket(uri, [V1]),
      {
        onAccepted: () => {
          this.#failures = 0;
          this.#become('open');
        },
        onMessage: (frame) => this.#receive(frame, connection),
        onEnd: (reason) => {
          if (this.#connection === connection) this.#retry(reason);
        },
      },
      { pingIntervalMs, pongTimeoutMs },
    );
    this.#connection = connection;
  }

  #receive({ type: _, ...message }: MessageFrame, connection: ClientConnection): void {
    this.#inbox.take(message).then(
      () => connection.ack(message.id),
      (error) => this.#options.onError?.(error),
    );
  }

  #retry(reason: string): void {
    this.#connection = null;
    const [least, most] = this.#options.retryMs ?? [1000, 5000];
    const delay = (least + Math.random() * (most - least)) * 2 ** Math.min(this.#failures++, 10);
    this.#retryTimer = setTimeout(() => void this.#connect(), Math.min(delay, MAX_RETRY_MS));
    this.#become('waiting', reason);
  }

  #rest(state: 'hidden' | 'stopped'): void {
    this.#attempt++;
    clearTimeout(this.#retryTimer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close(state);
    this.#become(state);
  }

  #become(state: ClientState, reason?: string): void {
    if (state === this.#state && reason === undefined) return;
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}
