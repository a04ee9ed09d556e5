import { type Duplex, Writable } from 'node:stream';
import { PING_PAYLOAD_BYTES } from './encode.js';

/** What a connection needs of a WebSocket: the seam to the library. A fake stands here in unit tests. */
export interface Socket {
  /** False from the first close frame on, whoever sent it: nothing may be written any more. */
  readonly open: boolean;
  /** Bytes that wait in this process because the client does not read. */
  readonly bufferedAmount: number;
  /** Writes whole frames, encoded, in one go. If nothing is buffered afterwards, what was given is free for other use. */
  write(frames: readonly Buffer[]): void;
  /** Calls the listener once, when what was buffered has gone out, but for a few KiB. */
  onceWritable(listener: () => void): void;
  close(code: number, reason: string): void;
  /** Drops the connection and what is buffered for it. */
  terminate(): void;
  listen(events: SocketEvents): void;
}

export interface SocketEvents {
  text(data: string): void;
  binary(): void;
  /** A ping of the client's; the library has answered it. */
  ping(): void;
  /** @param payload good for the time of the call only */
  pong(payload: Buffer): void;
  closed(): void;
}

/** The part of the `ws` library's WebSocket that is used. */
export interface WsWebSocket {
  readonly readyState: number;
  close(code: number, reason: string): void;
  terminate(): void;
  readonly _receiver?: unknown;
  on(event: string, listener: (this: never, ...args: never[]) => void): unknown;
}

const OPEN = 1;
/** RFC 6455, section 5.2: FIN with the opcode of a pong, and the length of what our pings carry with the bit that says it is masked. */
const PONG = 0x8a;
const MASKED_PAYLOAD = 0x80 | PING_PAYLOAD_BYTES;
const MASK_AT = 2;
const PAYLOAD_AT = 6;
const PONG_BYTES = PAYLOAD_AT + PING_PAYLOAD_BYTES;
/** The library's reader is between two frames. */
const BETWEEN_FRAMES = 0;

/** The library's reader of frames: a stream that is written what came. Its state is private to it; the version of `ws` is pinned. */
interface Receiver {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _errored: boolean;
  write(chunk: Buffer): boolean;
}
type Read = Receiver & { [kEvents]: SocketEvents };

const kEvents = Symbol('events');
const write: (this: unknown, chunk: Buffer) => boolean = Writable.prototype.write;
const pongPayload = Buffer.alloc(PING_PAYLOAD_BYTES);

/**
 * Stands before the reader's `write`. Nearly all that clients send is a pong that comes alone: it is read here, without the stream, the
 * states and the copies that cost three times as much as the pong itself. Everything else goes the library's way.
 */
function readPongOr(this: Read, chunk: Buffer): boolean {
  if (
    chunk.length !== PONG_BYTES ||
    chunk[0] !== PONG ||
    chunk[1] !== MASKED_PAYLOAD ||
    this._state !== BETWEEN_FRAMES ||
    this._bufferedBytes !== 0 ||
    this._errored
  ) {
    return write.call(this, chunk);
  }
  for (let i = 0; i < PING_PAYLOAD_BYTES; i++) {
    pongPayload[i] = (chunk[PAYLOAD_AT + i] as number) ^ (chunk[MASK_AT + (i & 3)] as number);
  }
  this[kEvents].pong(pongPayload);
  return true;
}

/** Below this many bytes a copy into one buffer is cheaper than a vectored write. */
const COPY_BYTES = 16 * 1024;

type Listened = WsWebSocket & { [kEvents]: SocketEvents };

// Shared by all sockets and called with the WebSocket as `this`: a closure per connection and event would cost memory that an
// idle connection does not have.
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
  close(this: Listened) {
    this[kEvents].closed();
  },
};
const ignore = () => {};

/**
 * Writes encoded frames to the TCP socket beside `ws`: its own `send` would encode each frame for each connection and make a write
 * of each. That is sound because, with permessage-deflate off, `ws` itself writes every frame whole and at once, so frames never
 * come between the parts of another.
 */
export class WsSocket implements Socket {
  constructor(
    private readonly ws: WsWebSocket,
    private readonly tcp: Duplex,
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
    // Node tells of a drain only where there was more than its high-water mark, which is a matter of a few writes.
    if (this.tcp.writableNeedDrain) this.tcp.once('drain', listener);
    else setImmediate(listener);
  }

  close(code: number, reason: string): void {
    this.ws.close(code, reason);
  }

  terminate(): void {
    this.ws.terminate();
  }

  listen(events: SocketEvents): void {
    (this.ws as Listened)[kEvents] = events;
    for (const [event, listener] of Object.entries(listeners)) this.ws.on(event, listener as (...args: never[]) => void);
    const receiver = this.ws._receiver as Read | undefined;
    if (receiver?._state !== BETWEEN_FRAMES || receiver._bufferedBytes !== 0) return;
    receiver[kEvents] = events;
    receiver.write = readPongOr;
  }
}
