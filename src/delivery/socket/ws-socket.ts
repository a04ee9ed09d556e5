import type { Duplex } from 'node:stream';
import { ignoreInput, readInPlace, type Turn } from './short-frame-reader.js';
import type { Socket, SocketEvents } from './socket.js';

/** The part of the `ws` library's WebSocket that is used. */
interface WsWebSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
  terminate(): void;
  readonly _receiver?: unknown;
  on(event: string, listener: (this: never, ...args: never[]) => void): unknown;
}

const OPEN = 1;

/** Copies up to this many bytes into one buffer, which is cheaper than a vectored write. */
const COPY_BYTES = 16 * 1024;

const kEvents = Symbol('events');
type Listened = WsWebSocket & { [kEvents]: SocketEvents };

// All sockets share these listeners, which get the WebSocket as `this`: a closure per connection and event
// would cost memory that an idle connection does not need.
const listeners = {
  message(this: Listened, data: Buffer, binary: boolean) {
    if (binary) this[kEvents].binary();
    else this[kEvents].text(data.toString());
  },
  ping(this: Listened) {
    this[kEvents].ping();
  },
  pong(this: Listened, payload: Buffer) {
    this[kEvents].pong(payload);
  },
  close(this: Listened, code: number) {
    this[kEvents].closed(code);
  },
};
const listened = Object.entries(listeners) as Array<[string, (...args: never[]) => void]>;
const ignore = () => {};

/**
 * Writes encoded frames to the TCP socket beside `ws`, whose `send` would encode each frame for each
 * connection and make a write of each. This is sound because with permessage-deflate off `ws` itself writes
 * every frame whole and at once: no frame comes between the parts of another.
 */
export class WsSocket implements Socket {
  constructor(
    private readonly ws: WsWebSocket,
    private readonly tcp: Duplex,
    private readonly turn: Turn,
  ) {
    // `ws` closes with the right code by itself (1002, 1007, 1009) after a broken frame.
    ws.on('error', ignore);
  }

  get open(): boolean {
    return this.ws.readyState === OPEN && this.tcp.writable;
  }

  get bufferedAmount(): number {
    return this.tcp.writableLength;
  }

  write(frames: readonly Buffer[]): void {
    if (!this.open) return;
    if (frames.length === 1) {
      this.tcp.write(frames[0]);
      return;
    }
    let bytes = 0;
    for (const frame of frames) bytes += frame.length;
    if (bytes <= COPY_BYTES) {
      this.tcp.write(Buffer.concat(frames, bytes));
      return;
    }
    this.tcp.cork();
    for (const frame of frames) this.tcp.write(frame);
    this.tcp.uncork();
  }

  onceWritable(listener: () => void): void {
    // Node emits a drain only above its high-water mark; below it, what is buffered is a matter of a few
    // writes.
    if (this.tcp.writableNeedDrain) this.tcp.once('drain', listener);
    else setImmediate(listener);
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }

  ignoreInput(): void {
    ignoreInput(this.tcp);
  }

  terminate(): void {
    this.ws.terminate();
  }

  listen(events: SocketEvents): void {
    (this.ws as Listened)[kEvents] = events;
    for (const [event, listener] of listened) this.ws.on(event, listener);
    readInPlace(this.tcp, this.ws._receiver, events, this.turn);
  }
}
