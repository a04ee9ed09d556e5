/*
 * Reads pongs and short texts of clients in place, before Node's streams and the `ws` library see them.
 *
 * Nearly all that clients send is a pong or an ack that comes alone. Without this file each costs a buffer of
 * 64 KiB that Node allocates and shrinks to 14 bytes, its ArrayBuffer, a push of the stream, its event, and
 * the library's states, UTF-8 check and copies: several times the frame itself. All sockets share one buffer
 * instead, as Node does for sockets that are made with the option `onread`; ours are made by the HTTP server,
 * so the option is set where Node keeps it.
 *
 * Gain, one global message of 200 bytes to 10,000 plain connections, medians of five pairs of runs in turns:
 * CPU per delivery with receipts 18.8 → 17.3 µs (8 %), the longest delay of the event loop 18.1 → 16.0 ms.
 *
 * Private parts: `_state`, `_bufferedBytes`, `_fragmented`, `_maxPayload` and `_errored` of the library's
 * receiver, which are read only; two fields and the handle of Node's TCP socket, which are set. Where any of
 * them is not as expected, nothing is changed and everything goes the usual way.
 * test/delivery/socket/short-frame-reader.test.ts holds both to the real library and to the real Node.
 */
import { type ConnectOpts, type SocketConstructorOpts, Socket as TcpSocket } from 'node:net';
import { type Duplex, type Readable, Writable } from 'node:stream';
import { PING_PAYLOAD_BYTES } from '../outbound/frame-encoder.js';
import type { ReadTurns } from './read-turns.js';

/** Takes the short frames of a client. */
export interface ShortFrameEvents {
  text(data: string): void;
  /** @param payload valid during the call only */
  pong(payload: Buffer): void;
}

/** Whose turn what a client sends takes, beyond short frames that come alone. */
export interface Turn {
  turns: ReadTurns;
  /** Its tenant. */
  owner: string;
}

/**
 * The reader of frames of the `ws` library: a stream that is written what came in. These fields are
 * private to it, so the version of `ws` is pinned and `isReceiver` looks for each of them.
 */
interface Receiver extends Writable {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
  readonly _maxPayload: number;
  readonly _errored: boolean;
}

/** The state of a receiver that is between two frames. */
const BETWEEN_FRAMES = 0;

// RFC 6455, section 5.2: FIN and opcode, then the mask bit and the length, then the mask, then the payload.
const TEXT = 0x81;
const PONG = 0x8a;
const CLOSE = 0x88;
const MASKED = 0x80;
const MASK_AT = 2;
const PAYLOAD_AT = 6;
/** Bounds the payloads whose length is in one byte. */
const MAX_PAYLOAD = 125;

const kReceiver = Symbol('receiver');
const kEvents = Symbol('events');
const kTurn = Symbol('turn');
const kIgnored = Symbol('ignored');

interface InPlace extends Readable {
  [kReceiver]: Receiver;
  [kEvents]: ShortFrameEvents;
  [kTurn]: Turn;
  /** Set once nothing counts but the end of the connection. */
  [kIgnored]?: true;
}

/**
 * Takes what came in for one socket, during one callback: nothing else is read meanwhile. Node reads 64 KiB
 * at once.
 */
const chunk = Buffer.allocUnsafeSlow(64 * 1024);
const texts = Buffer.allocUnsafeSlow(MAX_PAYLOAD);
const pongPayload = Buffer.allocUnsafeSlow(PING_PAYLOAD_BYTES);

/**
 * Node's callback for a read into {@link chunk}, with the TCP socket as `this`. Reads a short frame that
 * comes alone; copies everything else, which then goes the way that it goes without this file, in its turn.
 * @returns false to read no more until the stream asks for it
 */
function onRead(this: InPlace, bytes: number): boolean {
  if (this[kIgnored] === true && !isLoneClose(bytes)) return true;
  if (!readShortFrame(this, bytes)) {
    const copy = Buffer.allocUnsafeSlow(bytes);
    chunk.copy(copy, 0, 0, bytes);
    const { turns, owner } = this[kTurn];
    return turns.take(this, owner, copy);
  }
  return true;
}

/**
 * Returns false if a chunk is not one short frame, or belongs behind what the library has yet to deal with.
 */
function readShortFrame(tcp: InPlace, bytes: number): boolean {
  const payloadBytes = bytes - PAYLOAD_AT;
  if (payloadBytes < 0 || payloadBytes > MAX_PAYLOAD || chunk[1] !== (MASKED | payloadBytes)) return false;
  const receiver = tcp[kReceiver];
  if (receiver._state !== BETWEEN_FRAMES || receiver._bufferedBytes !== 0 || receiver._errored || receiver.writableEnded)
    return false;
  if (tcp.readableLength > 0 || tcp.readableFlowing !== true) return false;
  if (chunk[0] === PONG && payloadBytes === PING_PAYLOAD_BYTES) {
    unmask(pongPayload, payloadBytes);
    tcp[kEvents].pong(pongPayload);
    return true;
  }
  if (chunk[0] !== TEXT || receiver._fragmented !== 0 || payloadBytes > receiver._maxPayload) return false;
  // The library judges text that may be broken UTF-8.
  if (unmask(texts, payloadBytes) > 0x7f) return false;
  tcp[kEvents].text(texts.toString('latin1', 0, payloadBytes));
  return true;
}

/** Tells a close frame that comes alone: the answer to ours. */
const isLoneClose = (bytes: number): boolean =>
  chunk[0] === CLOSE && bytes >= PAYLOAD_AT && chunk[1] === (MASKED | (bytes - PAYLOAD_AT));

/**
 * Drops what a client sends from now on, unread, but for its close frame. Does nothing where frames are not read
 * in place.
 */
export function ignoreInput(tcp: Duplex): void {
  if (kTurn in tcp) Object.assign(tcp, { [kIgnored]: true });
}

/** Unmasks a payload. Returns all its bytes joined by OR. */
function unmask(payload: Buffer, bytes: number): number {
  let all = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = (chunk[PAYLOAD_AT + i] as number) ^ (chunk[MASK_AT + (i & 3)] as number);
    payload[i] = byte;
    all |= byte;
  }
  return all;
}

/**
 * Names the fields in which a TCP socket keeps its option `onread`: found on a socket that was made with it.
 */
interface Places {
  readonly buffer: symbol;
  readonly callback: symbol;
}

function findPlaces(): Places | null {
  const callback = () => true;
  const options: SocketConstructorOpts & ConnectOpts = { onread: { buffer: chunk, callback } };
  const probe = new TcpSocket(options);
  const values = probe as unknown as Record<symbol, unknown>;
  const find = (value: unknown) => Object.getOwnPropertySymbols(probe).find((place) => values[place] === value);
  const found = { buffer: find(chunk), callback: find(callback) };
  probe.destroy();
  return found.buffer && found.callback ? { buffer: found.buffer, callback: found.callback } : null;
}

const places = findPlaces();

/**
 * Reads short frames of a WebSocket beside the library from now on. Does nothing where Node or the library
 * are not as expected.
 * @param receiver the library's reader of frames
 */
export function readInPlace(tcp: Duplex, receiver: unknown, events: ShortFrameEvents, turn: Turn): void {
  const values = tcp as unknown as Record<symbol, unknown> & { _handle?: { useUserBuffer?(buffer: Buffer): void } | null };
  const handle = values._handle;
  if (places === null || !(tcp instanceof TcpSocket) || typeof handle?.useUserBuffer !== 'function') return;
  if (values[places.buffer] !== null || values[places.callback] !== null || !isReceiver(receiver)) return;
  Object.assign(tcp, { [kReceiver]: receiver, [kEvents]: events, [kTurn]: turn });
  values[places.buffer] = chunk;
  values[places.callback] = onRead;
  handle.useUserBuffer(chunk);
}

function isReceiver(receiver: unknown): receiver is Receiver {
  return (
    receiver instanceof Writable &&
    '_state' in receiver &&
    typeof receiver._state === 'number' &&
    '_bufferedBytes' in receiver &&
    typeof receiver._bufferedBytes === 'number' &&
    '_fragmented' in receiver &&
    typeof receiver._fragmented === 'number' &&
    '_maxPayload' in receiver &&
    typeof receiver._maxPayload === 'number' &&
    '_errored' in receiver &&
    typeof receiver._errored === 'boolean'
  );
}
