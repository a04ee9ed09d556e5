import { type ConnectOpts, type SocketConstructorOpts, Socket as TcpSocket } from 'node:net';
import { type Duplex, type Readable, Writable } from 'node:stream';
import { PING_PAYLOAD_BYTES } from '../outbound/frame-encoder.js';

/** What short frames of a client are given to. */
export interface ShortFrameEvents {
  text(data: string): void;
  /** @param payload good for the time of the call only */
  pong(payload: Buffer): void;
}

/** The `ws` library's reader of frames: a stream that is written what came. Its state is private to it; the version of `ws` is pinned. */
interface Receiver extends Writable {
  readonly _state: number;
  readonly _bufferedBytes: number;
  readonly _fragmented: number;
  readonly _maxPayload: number;
  readonly _errored: boolean;
}

/** The reader is between two frames. */
const BETWEEN_FRAMES = 0;

// RFC 6455, section 5.2: FIN with the opcode, then the length with the bit that says it is masked, then the mask.
const TEXT = 0x81;
const PONG = 0x8a;
const MASKED = 0x80;
const MASK_AT = 2;
const PAYLOAD_AT = 6;
/** Longer payloads have their length in more bytes. */
const MAX_PAYLOAD = 125;

const kReceiver = Symbol('receiver');
const kEvents = Symbol('events');

interface InPlace extends Readable {
  [kReceiver]: Receiver;
  [kEvents]: ShortFrameEvents;
}

/** What the kernel has for a socket, for the time of one callback: nothing else is read meanwhile. Of the size that Node reads at once. */
const chunk = Buffer.allocUnsafeSlow(64 * 1024);
const texts = Buffer.allocUnsafeSlow(MAX_PAYLOAD);
const pongPayload = Buffer.allocUnsafeSlow(PING_PAYLOAD_BYTES);

/**
 * Node's callback for a read into {@link chunk}, with the TCP socket as `this`. Nearly all that clients send is a pong or an ack that
 * comes alone: it is read here, without a buffer for each read, the streams, the states and the copies that cost several times as much
 * as the frame itself. Everything else is copied and goes the way that it goes without this.
 * @returns false to read no more until the stream asks for it
 */
function onRead(this: InPlace, bytes: number): boolean {
  if (!readShortFrame(this, bytes)) {
    const copy = Buffer.allocUnsafeSlow(bytes);
    chunk.copy(copy, 0, 0, bytes);
    return this.push(copy);
  }
  return true;
}

/** False if what came in is not one short frame, or belongs behind something that the library has not dealt with. */
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
  // The library judges what may be broken UTF-8.
  if (unmask(texts, payloadBytes) > 0x7f) return false;
  tcp[kEvents].text(texts.toString('latin1', 0, payloadBytes));
  return true;
}

/** Returns all bytes, joined by OR. */
function unmask(payload: Buffer, bytes: number): number {
  let all = 0;
  for (let i = 0; i < bytes; i++) {
    const byte = (chunk[PAYLOAD_AT + i] as number) ^ (chunk[MASK_AT + (i & 3)] as number);
    payload[i] = byte;
    all |= byte;
  }
  return all;
}

/** Where a TCP socket keeps what `onread` of its public options sets: found on a socket that was made with it. */
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
 * From here on, reads short frames of a WebSocket beside the library. Node has this for sockets that are made with the option `onread`; ours
 * are made by the HTTP server, so it is set the way that Node sets it. Does nothing where Node or the library are not as expected.
 * @param receiver the library's reader of frames
 */
export function readInPlace(tcp: Duplex, receiver: unknown, events: ShortFrameEvents): void {
  const values = tcp as unknown as Record<symbol, unknown> & { _handle?: { useUserBuffer?(buffer: Buffer): void } | null };
  const handle = values._handle;
  if (places === null || !(tcp instanceof TcpSocket) || typeof handle?.useUserBuffer !== 'function') return;
  if (values[places.buffer] !== null || values[places.callback] !== null || !isReceiver(receiver)) return;
  Object.assign(tcp, { [kReceiver]: receiver, [kEvents]: events });
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
