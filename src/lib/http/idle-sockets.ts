import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface IdleSocketLimits {
  /** Bounds them in all. */
  most: number;
  /** Bounds those of one caller. */
  mostOfCaller: number;
}

interface IdleSocketsDeps {
  limits: IdleSocketLimits;
  /** Returns what counts as one caller; null for a peer that stands for many, such as a proxy. */
  callerOf(address: string): string | null;
  /** Returns milliseconds of a clock that only grows. */
  now(): number;
  /** Hears of each that was closed. */
  onClosed(): void;
}

/**
 * Closes none of a caller's that has waited for less, in milliseconds: in a storm of connects, heads that
 * have come are read so much later.
 */
const GRACE_MS = 3_000;

/**
 * Bounds the sockets of an HTTP server whose client has nothing under way: the head of its request has not
 * come, or not all of it, or it was answered and asks no more. Beyond a bound the one that has waited longest
 * is closed. How long each may wait is `headTimeouts`'.
 */
export class IdleSockets {
  /** Holds when each began to wait; the first has waited longest. */
  readonly #idle = new Map<Socket, number>();
  /** Holds them by caller; null while they are too few for any caller to have too many. */
  #callers: { of: Map<Socket, string>; idle: Map<string, Set<Socket>> } | null = null;
  readonly #gone: (this: Socket) => void;
  readonly #answered: (this: ServerResponse) => void;

  constructor(private readonly deps: IdleSocketsDeps) {
    const self = this;
    // All sockets, and all answers, share a listener: a closure for each would cost memory that an idle
    // connection does not need.
    this.#gone = function (this: Socket) {
      self.#delete(this);
    };
    this.#answered = function (this: ServerResponse) {
      const { socket } = this.req;
      if (!socket.destroyed) self.#add(socket);
    };
  }

  get size(): number {
    return this.#idle.size;
  }

  /** Watches the sockets of a server from now on. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => {
      socket.on('close', this.#gone);
      this.#add(socket);
    });
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#delete(request.socket);
      response.on('close', this.#answered);
    });
  }

  /** Lets go of a socket that is no longer one of HTTP. */
  release(socket: Socket): void {
    socket.off('close', this.#gone);
    this.#delete(socket);
  }

  #add(socket: Socket): void {
    const { limits, now } = this.deps;
    const at = now();
    this.#idle.set(socket, at);
    if (this.#idle.size > limits.mostOfCaller) this.#addOfCaller(socket, at);
    if (this.#idle.size > limits.most) this.#closeFirst(this.#idle.keys());
  }

  /** Finding out an address is a system call, so it is left until some caller may have too many. */
  #addOfCaller(socket: Socket, now: number): void {
    if (this.#callers === null) {
      this.#callers = { of: new Map(), idle: new Map() };
      for (const one of this.#idle.keys()) this.#index(one);
    } else {
      this.#index(socket);
    }
    const own = this.#callers.idle.get(this.#callers.of.get(socket) ?? '');
    while (own !== undefined && own.size > this.deps.limits.mostOfCaller) {
      const [oldest] = own;
      if (oldest === undefined || now - (this.#idle.get(oldest) ?? now) < GRACE_MS) return;
      this.#close(oldest);
    }
  }

  #index(socket: Socket): void {
    const caller = this.deps.callerOf(socket.remoteAddress ?? '');
    if (caller === null || this.#callers === null) return;
    const { of, idle } = this.#callers;
    of.set(socket, caller);
    const own = idle.get(caller);
    if (own) own.add(socket);
    else idle.set(caller, new Set([socket]));
  }

  #delete(socket: Socket): void {
    if (!this.#idle.delete(socket) || this.#callers === null) return;
    if (this.#idle.size <= this.deps.limits.mostOfCaller / 2) {
      this.#callers = null;
      return;
    }
    const { of, idle } = this.#callers;
    const caller = of.get(socket);
    if (caller === undefined) return;
    of.delete(socket);
    const own = idle.get(caller);
    own?.delete(socket);
    if (own?.size === 0) idle.delete(caller);
  }

  #closeFirst(sockets: Iterable<Socket>): void {
    for (const socket of sockets) {
      this.#close(socket);
      return;
    }
  }

  #close(socket: Socket): void {
    this.#delete(socket);
    socket.destroy();
    this.deps.onClosed();
  }
}
