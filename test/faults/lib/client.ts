import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { FairTurns } from '../../../src/lib/fair-turns.js';
import type { Ledger } from './ledger.js';

export interface ClientOptions {
  recipient: string;
  token: string;
  /** Returns the base URLs of the delivery nodes as they are now, such as `ws://127.0.0.1:4001`. */
  urls: () => readonly string[];
  ledger: Pick<Ledger, 'received'>;
  /** Chooses the mode. Default plain. */
  mode?: 'plain' | 'tidings.v1';
  /** Chooses the local address of its connections. */
  localAddress?: () => string;
}

const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 1000;

let connections = 0;

/**
 * Opens sockets in turns of the event loop: thousands of clients come back at once, and a process that opened all of
 * their sockets in one turn would read the first answer after the last of them, when others have timed out.
 */
const openings = new FairTurns();

/**
 * Acts as a recipient's browser: connects, comes back on another node whenever it is cut, and writes every
 * frame into the ledger.
 */
export class Client {
  /** Holds the milliseconds from each loss to the next open connection. */
  readonly backAfterMs: number[] = [];
  /** Counts failed handshakes by status, or `network`. */
  readonly refusals: Record<string, number> = {};
  /** Counts closed connections by code. */
  readonly closes: Record<number, number> = {};
  /** Holds the seconds of Retry-After in refusals. */
  readonly retryAfter: number[] = [];
  /** Holds when connections opened, by `performance.now()`. */
  readonly openedAt: number[] = [];
  #socket: WebSocket | null = null;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #lostAt: number | null = null;
  #retryMs = FIRST_RETRY_MS;
  /** Holds the Retry-After of the last refusal. */
  #askedMs: number | null = null;
  #turn = Math.floor(Math.random() * 1000);
  #acks: string[] = [];

  constructor(private readonly options: ClientOptions) {}

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect(): void {
    this.#stopped = false;
    openings.ask('clients', () => {
      if (!this.#stopped && this.#socket === null) this.#open();
    });
  }

  #open(): void {
    const { urls, token, mode } = this.options;
    const bases = urls();
    const base = bases[this.#turn++ % bases.length];
    if (base === undefined) {
      this.#retry();
      return;
    }
    const connection = `${this.options.recipient}#${++connections}`;
    const socket = new WebSocket(`${base}/?token=${token}`, mode === 'tidings.v1' ? ['tidings.v1'] : [], {
      handshakeTimeout: 5000,
      perMessageDeflate: false,
      ...(this.options.localAddress && { localAddress: this.options.localAddress() }),
    });
    this.#socket = socket;
    socket.on('open', () => this.#opened());
    socket.on('message', (data) => this.#received(connection, String(data), socket));
    socket.on('unexpected-response', (request, response) => {
      this.#count(this.refusals, String(response.statusCode));
      const seconds = Number(response.headers['retry-after']);
      if (seconds > 0) {
        this.retryAfter.push(seconds);
        this.#askedMs = seconds * 1000;
      }
      request.destroy();
      this.#ended(socket);
    });
    let wasOpen = false;
    socket.once('open', () => {
      wasOpen = true;
    });
    socket.on('error', () => {});
    socket.on('close', (code) => {
      // An answered handshake is counted already.
      if (wasOpen) this.#count(this.closes, code);
      else if (this.#socket === socket) this.#count(this.refusals, 'network');
      this.#ended(socket);
    });
  }

  /** Ends the TCP connection without a close frame, and stays away for this long. */
  cut(awayMs = 0): void {
    const socket = this.#socket;
    if (!socket) return;
    this.#lostAt ??= performance.now();
    this.#socket = null;
    socket.terminate();
    if (!this.#stopped) this.#timer = setTimeout(() => this.connect(), awayMs);
  }

  /** Stops reading, as a frozen client does: frames stay with the kernel, and pings get no answer. */
  freeze(): void {
    this.#socket?.pause();
  }

  thaw(): void {
    this.#socket?.resume();
  }

  /** Reads what the kernel gives at once, 64 KiB at most, while it does not read otherwise. */
  readChunk(): void {
    const socket = this.#socket;
    const tcp = (socket as unknown as { _socket?: Socket } | null)?._socket;
    if (!socket || !tcp) return;
    tcp.once('data', () => socket.pause());
    socket.resume();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket || socket.readyState === WebSocket.CLOSED) return;
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
      socket.terminate();
    });
  }

  #opened(): void {
    this.#retryMs = FIRST_RETRY_MS;
    this.openedAt.push(performance.now());
    if (this.#lostAt !== null) this.backAfterMs.push(performance.now() - this.#lostAt);
    this.#lostAt = null;
  }

  #received(connection: string, data: string, socket: WebSocket): void {
    const { ledger, recipient, mode } = this.options;
    if (mode !== 'tidings.v1') {
      ledger.received(connection, recipient, data);
      return;
    }
    const frame = JSON.parse(data) as { type: string; id: string; message: string };
    if (frame.type !== 'message') return;
    ledger.received(connection, recipient, frame.message);
    // Messages of one read are confirmed together.
    if (this.#acks.push(frame.id) === 1) {
      setImmediate(() => {
        const ids = this.#acks;
        this.#acks = [];
        if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'ack', ids }));
      });
    }
  }

  #ended(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    this.#lostAt ??= performance.now();
    this.#retry();
  }

  #retry(): void {
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.connect(), this.#askedMs ?? this.#retryMs * (0.5 + Math.random() / 2));
    this.#askedMs = null;
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }

  #count<Key extends string | number>(counts: Record<Key, number>, what: Key): void {
    counts[what] = (counts[what] ?? 0) + 1;
  }
}
