import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import WebSocket, { type ClientOptions } from 'ws';
import { type Answer, GraphqlCaller } from '../../lib/graphql-caller.js';
import type { Target } from './target.js';

/** Starts an attack's next try after one that was refused at once, in milliseconds. */
const AGAIN_MS = 20;
/** Looks at sockets that take frames this often, in milliseconds. */
const TICK_MS = 5;
/** Writes no more to a socket that has this much waiting, in bytes. */
const MAX_WAITING = 256 * 1024;

/** Names loopback addresses of strangers and of a tenant's users; nobody but loopback is ever attacked. */
export const STRANGER = '127.0.0.66';
const userAddress = (n: number) => `127.0.1.${1 + (n % 250)}`;

interface FloodOptions {
  callers: number;
  body: string | ((n: number) => string);
  /** Is a key of the target's unless given. */
  key?: string | ((n: number) => string);
  address?: string;
}

interface SocketsOptions {
  count: number;
  path?: string | ((n: number) => string);
  protocols?: readonly string[];
  options?: ClientOptions;
  /** Opens another one wherever one ends. Default true. */
  again?: boolean;
}

/** Holds the tools of an attack; what it is answered is counted. */
export class Kit {
  readonly counts: Record<string, number> = {};
  #isOver = false;
  #end: () => void = () => {};
  /** Resolves when the attack is to end. */
  readonly over = new Promise<void>((resolve) => {
    this.#end = resolve;
  });

  constructor(readonly target: Target) {}

  get isOver(): boolean {
    return this.#isOver;
  }

  end(): void {
    this.#isOver = true;
    this.#end();
  }

  count(what: string, n = 1): void {
    this.counts[what] = (this.counts[what] ?? 0) + n;
  }

  /** Asks once, outside the count. */
  async ask(body: string): Promise<Answer> {
    const caller = new GraphqlCaller(this.target.apiPort, this.target.key);
    try {
      return await caller.post(body);
    } finally {
      caller.close();
    }
  }

  /** Posts from that many callers, each again as soon as it is answered. */
  async flood({ callers, body, key = this.target.key, address = STRANGER }: FloodOptions): Promise<void> {
    const textOf = typeof body === 'string' ? () => body : body;
    let n = 0;
    const one = async () => {
      while (!this.isOver) {
        const own = typeof key === 'string' ? key : key(n);
        const caller = new GraphqlCaller(this.target.apiPort, own, address);
        // A new key needs a new caller.
        await this.#post(caller, () => textOf(n++), typeof key === 'string').catch(() => this.count('closed'));
        caller.close();
      }
    };
    await Promise.all(Array.from({ length: callers }, one));
  }

  /** Opens WebSockets of users, and opens them again where they end. */
  open({ count, path = '/', protocols = [], options = {}, again = true }: SocketsOptions): WebSocket[] {
    const sockets: WebSocket[] = [];
    const connectOne = (n: number) => {
      if (this.isOver) return;
      const target = typeof path === 'string' ? path : path(n);
      const socket = new WebSocket(`ws://127.0.0.1:${this.target.deliveryPort}${target}`, [...protocols], {
        perMessageDeflate: false,
        localAddress: userAddress(n),
        ...options,
      });
      sockets[n] = socket;
      socket.on('open', () => this.count('open'));
      socket.on('message', () => this.count('frames received'));
      socket.on('unexpected-response', (request, { statusCode }) => {
        this.count(`handshake ${statusCode}`);
        request.destroy();
        this.#later(again, () => connectOne(n));
      });
      socket.on('error', () => {});
      socket.on('close', (code) => {
        this.count(`close ${code}`);
        this.#later(again, () => connectOne(n));
      });
    };
    for (let n = 0; n < count; n++) connectOne(n);
    return sockets;
  }

  /** Sends frames on every socket that is open, as fast as it takes them, at most so many each second. */
  async send(sockets: readonly WebSocket[], frame: (n: number, socket: WebSocket) => void, perSecond = 20_000): Promise<void> {
    const each = Math.max(1, Math.round((perSecond * TICK_MS) / 1000));
    let n = 0;
    while (!this.isOver) {
      for (const socket of sockets) {
        for (let i = 0; i < each && socket?.readyState === WebSocket.OPEN && socket.bufferedAmount < MAX_WAITING; i++) {
          frame(n++, socket);
          this.count('frames sent');
        }
      }
      await delay(TICK_MS);
    }
  }

  /** Holds bare TCP connections, and opens them again where they end. */
  async tcp(port: number, count: number, talk: (socket: Socket, n: number) => void, address = STRANGER): Promise<void> {
    const sockets: Socket[] = [];
    const connectOne = (n: number) => {
      if (this.isOver) return;
      const socket = connect({ port, host: '127.0.0.1', localAddress: address });
      sockets[n] = socket;
      let first = true;
      socket.on('connect', () => {
        this.count('connected');
        talk(socket, n);
      });
      socket.on('data', (chunk) => {
        if (first) this.count(/^HTTP\/1\.1 (\d+)/.exec(chunk.toString('latin1', 0, 16))?.[1] ?? 'answered');
        first = false;
      });
      socket.on('error', () => {});
      socket.on('close', () => this.#later(true, () => connectOne(n)));
    };
    for (let n = 0; n < count; n++) connectOne(n);
    await this.over;
    for (const socket of sockets) socket.destroy();
  }

  async #post(caller: GraphqlCaller, body: () => string, again: boolean): Promise<void> {
    do {
      const answer = await Promise.race([caller.post(body()).catch(() => null), this.over]);
      if (this.isOver) return;
      if (!answer) {
        await delay(AGAIN_MS);
        throw new Error('closed');
      }
      this.#answered(answer);
    } while (again);
  }

  #answered({ status, body }: Answer): void {
    const code = /"code":"([A-Z_]+)"/.exec(body.slice(0, 4_000))?.[1];
    this.count(code ? `${status} ${code}` : String(status));
  }

  #later(again: boolean, run: () => void): void {
    if (again && !this.isOver) setTimeout(run, AGAIN_MS).unref();
  }
}
