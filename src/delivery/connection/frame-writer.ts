import type { Metrics } from '../../core/ports/metrics.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { Mode } from '../../protocol/subprotocols.js';
import { BroadcastBatch } from '../outbound/broadcast-batch.js';
import { type Outgoing, PING_BYTES } from '../outbound/frame-encoder.js';
import type { ItemSizes } from '../socket/outbox.js';
import type { AdmittedSocket } from './admitted-socket.js';
import type { Flushable } from './flush-scheduler.js';
import type { InFlightWindow } from './in-flight-window.js';
import { PacedOutbox, SOCKET_BYTES } from './paced-outbox.js';

/** Serves the frame writers of a node, all of them. */
export interface FrameWriterPorts {
  /** Estimates the database's clock. */
  readonly clock: Clock;
  readonly timers: Pick<Timers, 'now'>;
  readonly metrics: Pick<Metrics, 'framesSent'>;
  /** Tells what was neither recalled nor has expired. */
  readonly due: { isDue(item: Outgoing): boolean };
}

/** Lets a client leave so many bytes of answers unread, whatever else waits for it. */
const UNREAD_ANSWER_BYTES = 64 * 1024;
/**
 * Copies frames of up to so many bytes into one buffer with their ping, which is cheaper than a vectored
 * write.
 */
const COPY_BYTES = 16 * 1024;

/** Waits to be written: a message, a batch of broadcasts, or a frame that is neither. */
type Item = Outgoing | BroadcastBatch | Buffer;
const NONE: readonly never[] = [];

/**
 * Gathers what is about to be written to one client, and writes it in one go, a plain client's with a ping
 * that covers it. What is no longer due is left out. See docs/design/receipts.md.
 */
export class FrameWriter implements Flushable, ItemSizes<Item> {
  readonly #outbox: PacedOutbox<Item>;
  /**
   * The earliest expiry of what the socket has buffered, by the database's clock; null if nothing of it
   * expires.
   */
  #bufferedExpiry: number | null = null;
  /** Bytes of answers since nothing waited for the client. */
  #answerBytes = 0;

  constructor(
    private readonly socket: AdmittedSocket,
    private readonly window: InFlightWindow,
    readonly mode: Mode,
    private readonly ports: FrameWriterPorts,
  ) {
    this.#outbox = new PacedOutbox(socket, this);
  }

  /** Bytes that wait for the client in this process. */
  get buffered(): number {
    return this.socket.buffered + this.#outbox.bytes;
  }

  /** Whether the client reads: little enough waits for it to send more. */
  get hasRoom(): boolean {
    return this.socket.buffered <= SOCKET_BYTES;
  }

  /** Whether so many bytes more may be gathered before the next flush. */
  fits(bytes: number): boolean {
    return this.#outbox.bytes + bytes <= SOCKET_BYTES;
  }

  /** Gathers a message. Flushed in the next turn of the event loop. */
  add(item: Outgoing, bytes: number): void {
    this.#outbox.flushSoon();
    this.#outbox.add(item, bytes);
  }

  /**
   * Writes a batch at once where nothing else waits; else it goes with the next flush, which its sender sees
   * to.
   */
  addBatch(batch: BroadcastBatch): void {
    if (this.#outbox.isEmpty && this.socket.open && this.#fitsAtOnce(batch)) this.#writeBatch(batch);
    else this.#outbox.add(batch, batch.bytes);
  }

  /** Gathers a frame that is no message, in its place between the messages. */
  addFrame(frame: Buffer): void {
    if (this.socket.ended) return;
    this.#outbox.flushSoon();
    this.#outbox.add(frame, frame.length);
  }

  /** Gathers the answer to a frame of the client's. One that does not read its answers is closed. */
  addAnswer(frame: Buffer): void {
    if (this.buffered === 0) this.#answerBytes = 0;
    this.#answerBytes += frame.length;
    if (this.#answerBytes > UNREAD_ANSWER_BYTES) this.socket.close(CLOSE.tooSlow, 'too slow');
    else this.addFrame(frame);
  }

  /** Writes the frames that are no messages, which wait in the database. */
  writeAnswers(): void {
    const answers = this.#outbox.take()?.filter((item) => Buffer.isBuffer(item));
    if (answers !== undefined && answers.length > 0) this.socket.write(answers);
  }

  /** Drops what was gathered. */
  drop(): void {
    this.#outbox.take();
  }

  #fitsAtOnce(batch: BroadcastBatch): boolean {
    return this.mode === 'v1' || (!this.socket.pinged && batch.bytes + PING_BYTES <= COPY_BYTES);
  }

  // What nearly every broadcast comes to: nothing else waits, so its frames and their ping go as they are.
  #writeBatch(batch: BroadcastBatch): void {
    const { socket } = this;
    if (socket.buffered === 0) this.#bufferedExpiry = null;
    this.#noteExpiry(batch.expiry);
    this.ports.metrics.framesSent.inc(batch.items.length);
    if (this.mode === 'v1') {
      socket.write(batch.frames);
    } else {
      this.window.cover();
      const frames = batch.pinged;
      socket.putPing(frames[0], batch.bytes, batch.written.at);
      socket.write(frames);
    }
    if (socket.buffered === 0) return;
    batch.leavePinged();
    this.#watchBuffered();
  }

  /** Writes what was gathered, with its ping, in one go. */
  flush(now = this.ports.timers.now()): void {
    // A ping covers all that was gathered, so nothing of it may wait.
    const items = (this.mode === 'plain' ? this.#outbox.take() : this.#outbox.takeNext()) ?? NONE;
    if (items.length === 0 && !this.#wantsPing) {
      this.#outbox.flushRest();
      return;
    }
    if (!this.socket.open) {
      this.socket.end();
      return;
    }
    if (this.socket.buffered === 0) this.#bufferedExpiry = null;
    const frames: Buffer[] = [];
    const bytes = this.#collect(items, frames);
    if (this.#wantsPing) {
      this.window.cover();
      this.#writeWithPing(frames, bytes, now);
    } else if (frames.length > 0) {
      this.socket.write(frames);
    }
    this.#watchBuffered();
    this.#outbox.flushRest();
  }

  bytesOf(item: Item): number {
    if (item instanceof BroadcastBatch) return item.bytes;
    return 'encoded' in item ? item.encoded.frame(this.mode).length : item.length;
  }

  /** Adds the frames of what may still be sent. Returns their bytes. */
  #collect(items: readonly Item[], frames: Buffer[]): number {
    let bytes = 0;
    let messages = 0;
    for (const item of items) {
      const frame = this.#frameOf(item);
      if (frame === null) continue;
      frames.push(frame);
      bytes += frame.length;
      if (item instanceof BroadcastBatch) messages += item.items.length;
      else if (!Buffer.isBuffer(item)) messages++;
    }
    if (messages > 0) this.ports.metrics.framesSent.inc(messages);
    return bytes;
  }

  /** Null if it may not be sent any more. */
  #frameOf(item: Item): Buffer | null {
    if (item instanceof BroadcastBatch) {
      this.#noteExpiry(item.expiry);
      return item.frames[0];
    }
    if (!('encoded' in item)) return item;
    const { message } = item.encoded;
    if (!this.ports.due.isDue(item)) {
      this.window.take(message.id);
      return null;
    }
    this.#noteExpiry(message.expiresAt);
    return item.encoded.frame(this.mode);
  }

  #noteExpiry(expiresAt: number | null): void {
    if (expiresAt === null) return;
    if (this.#bufferedExpiry === null || expiresAt < this.#bufferedExpiry) this.#bufferedExpiry = expiresAt;
  }

  #watchBuffered(): void {
    if (this.socket.buffered > 0 && this.#bufferedExpiry !== null) this.socket.wakeAt(this.#inNodeTime(this.#bufferedExpiry));
  }

  #writeWithPing(frames: Buffer[], bytes: number, now: number): void {
    const apart = bytes + PING_BYTES > COPY_BYTES;
    const buffer = Buffer.allocUnsafe(apart ? PING_BYTES : bytes + PING_BYTES);
    let at = 0;
    if (!apart) for (const frame of frames) at += frame.copy(buffer, at);
    this.socket.putPing(buffer, at, now);
    this.socket.write(apart ? [...frames, buffer] : [buffer]);
  }

  get #wantsPing(): boolean {
    return this.mode === 'plain' && !this.socket.pinged && this.window.size > 0 && !this.socket.ended;
  }

  /**
   * Writes the ping that proves an idle client alive. What was gathered goes first, or the pong would confirm
   * what was never sent.
   */
  pingIdle(): void {
    this.flush();
    if (this.socket.pinged || this.socket.ended) return;
    if (this.mode === 'plain') this.window.cover();
    this.socket.ping();
  }

  // ---- What the socket has buffered ----

  /** Answers when the first of what the socket has buffered expires, by the node's clock. */
  get deadline(): number {
    if (this.#bufferedExpiry === null || this.socket.buffered === 0) return Number.POSITIVE_INFINITY;
    return this.#inNodeTime(this.#bufferedExpiry);
  }

  /** Cuts the connection if what waits in the socket has expired: it can be taken back no other way. */
  beat(): void {
    if (this.#bufferedExpiry === null || this.ports.clock.now() < this.#bufferedExpiry) return;
    if (this.socket.buffered > 0) this.socket.cut();
    this.#bufferedExpiry = null;
  }

  #inNodeTime(databaseTime: number): number {
    return this.ports.timers.now() + (databaseTime - this.ports.clock.now());
  }
}
