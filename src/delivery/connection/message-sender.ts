import type { ReceiptKind } from '../../core/domain/message.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { GenerationalSet } from '../../lib/generational-set.js';
import { CLOSE, type CloseCode } from '../../protocol/close-codes.js';
import type { Mode } from '../../protocol/subprotocols.js';
import type { ConnectionContext } from '../connection-context.js';
import { BroadcastBatch } from '../outbound/broadcast-batch.js';
import { type Outgoing, PING_BYTES } from '../outbound/frame-encoder.js';
import { NumberRanges } from '../outbound/number-ranges.js';
import type { Socket } from '../socket/socket.js';
import { AdmittedSocket } from './admitted-socket.js';
import { InFlightWindow, type Sent, type SentBatch } from './in-flight-window.js';

/** Bytes that may wait for a client in this process before it counts as having no room. */
const SOCKET_BYTES = 64 * 1024;
/** Bytes of answers that a client may leave unread, whatever else waits for it. */
const UNREAD_ANSWER_BYTES = 64 * 1024;
/** A client of `tidings.v1` that leaves a full window without an ack for this long is cut. */
const ACK_TIMEOUT_MS = 60_000;
/** Up to this many bytes, frames are copied into one buffer with their ping, which is cheaper than a vectored write. */
const COPY_BYTES = 16 * 1024;

/** What is about to be written: a message, a batch of broadcasts, or a frame that is neither. */
type Item = Outgoing | BroadcastBatch | Buffer;
const NONE: readonly never[] = [];

/**
 * What is written to a connection, with its pings, and what of it the client has confirmed. Nothing is sent twice, nothing without room, and
 * nothing that is no longer due.
 */
export abstract class MessageSender extends AdmittedSocket {
  readonly window: InFlightWindow;

  // What was sent.
  #confirmed: GenerationalSet | null = null;
  /** Broadcasts that were sent in batches. */
  #ranges: NumberRanges | null = null;
  #turnedAt: number;
  /** How many of the window, from their oldest, the outstanding ping confirms: messages apart, and batches. */
  #covered = 0;
  #coveredBatches = 0;
  #fullSince: number | null = null;

  // What is about to be written, and the earliest expiry of what the socket has buffered, by the database's clock.
  /** Null while it is empty: an empty array would grow old with the connection, and whatever is put into an old object grows old, too. */
  #outbox: Item[] | null = null;
  #outboxBytes = 0;
  /** It is flushed at the end of this turn of the event loop. */
  #soon = false;
  #bufferedExpiry = Number.POSITIVE_INFINITY;
  /** Bytes of answers since nothing waited for the client. */
  #answerBytes = 0;

  constructor(
    claims: RecipientClaims,
    readonly mode: Mode,
    socket: Socket,
    protected override readonly context: ConnectionContext,
  ) {
    super(claims, socket, context);
    this.window = new InFlightWindow(context.limits, context.unconfirmed);
    this.#turnedAt = context.timers.now();
  }

  protected get hasRoomInSocket(): boolean {
    return this.socket.bufferedAmount <= SOCKET_BYTES;
  }

  /** Receipts came in, so there may be more room. */
  protected abstract afterReceipts(): void;

  override get buffered(): number {
    return this.socket.bufferedAmount + this.#outboxBytes;
  }

  /** Writes a frame that is no message, in its place between the messages. */
  override write(frame: Buffer): void {
    if (this.ended) return;
    this.#flushSoon();
    this.#gather(frame, frame.length);
  }

  /** Writes the answer to a frame of the client's. One that does not read its answers is closed. */
  answer(frame: Buffer): void {
    if (this.buffered === 0) this.#answerBytes = 0;
    this.#answerBytes += frame.length;
    if (this.#answerBytes > UNREAD_ANSWER_BYTES) this.close(CLOSE.tooSlow, 'too slow');
    else this.write(frame);
  }

  #gather(item: Item, bytes: number): void {
    if (this.#outbox === null) this.#outbox = [item];
    else this.#outbox.push(item);
    this.#outboxBytes += bytes;
  }

  /** What answers the client still goes; messages wait in the database. */
  override close(code: CloseCode, reason: string): void {
    const answers = (this.#outbox ?? NONE).filter((item) => Buffer.isBuffer(item));
    if (!this.ended && answers.length > 0) this.socket.write(answers);
    super.close(code, reason);
  }

  // ---- Sending ----

  /** It was sent here, and may not be again. */
  protected has(item: Outgoing): boolean {
    if (this.#hasApart(item)) return true;
    const { id, globalMessageId } = item.encoded.message;
    if (globalMessageId === null || this.#ranges === null) return false;
    const number = this.context.broadcastNumber(id);
    // An ack may take longer than ranges are remembered.
    return (number !== undefined && this.#ranges.has(number)) || this.window.hasInBatches(id);
  }

  #hasApart({ encoded: { message } }: Outgoing): boolean {
    return this.window.has(message.id) || this.#confirmed?.has(message.id) === true;
  }

  /** False if there is no room for it. */
  protected send(item: Outgoing): boolean {
    if (!this.context.isDue(item)) return true;
    const { message } = item.encoded;
    const bytes = item.encoded.frame(this.mode).length;
    if (this.#outboxBytes + bytes > SOCKET_BYTES) this.flush();
    if (this.ended || !this.window.fits(bytes) || !this.hasRoomInSocket || this.context.receipts.crowded) return false;
    this.window.add({ id: message.id, rowId: item.rowId, bytes, at: this.context.timers.now() });
    if (item.rowId === null) this.context.globals.sent(message.id, this.claims);
    if (this.mode === 'v1' && this.window.full) this.noteFull();
    if (this.context.isSentAgain(message.id)) this.context.metrics.sentAgain.inc();
    this.#flushSoon();
    this.#gather(item, bytes);
    return true;
  }

  /** Takes a batch of broadcasts, which goes out now or with the next flush. False if it cannot be sent as one. */
  protected sendBatch(batch: BroadcastBatch): boolean {
    if (this.#outboxBytes + batch.bytes > SOCKET_BYTES || !this.hasRoomInSocket) return false;
    if (!this.window.fitsAll(batch.items.length, batch.bytes)) return false;
    // What it has of other batches cannot be in this one, only what came by a drain.
    if ((this.window.apart > 0 || this.#confirmed !== null) && batch.items.some((item) => this.#hasApart(item))) return false;
    const { ids, from, until, at } = batch.written;
    const sent = { batch: batch.written, ids, claims: this.claims, since: at, receipt: null, taken: false };
    this.window.addBatch(sent);
    this.context.globals.sentBatch(sent);
    if (this.#ranges === null) this.#ranges = new NumberRanges(from, until);
    else this.#ranges.add(from, until);
    this.#countSentAgain(ids);
    if (this.mode === 'v1' && this.window.full) this.noteFull();
    if (this.#outbox === null && this.socket.open && this.#fitsAtOnce(batch)) this.#writeBatch(batch);
    else this.#gather(batch, batch.bytes);
    return true;
  }

  #countSentAgain(ids: readonly string[]): void {
    for (const id of ids) if (this.context.isSentAgain(id)) this.context.metrics.sentAgain.inc();
  }

  #fitsAtOnce(batch: BroadcastBatch): boolean {
    return this.mode === 'v1' || (!this.pinged && batch.bytes + PING_BYTES <= COPY_BYTES);
  }

  // What nearly every broadcast comes to: nothing else waits, so its frames and their ping go as they are.
  #writeBatch(batch: BroadcastBatch): void {
    const { socket, window, context } = this;
    if (socket.bufferedAmount === 0) this.#bufferedExpiry = batch.expiry;
    else if (batch.expiry < this.#bufferedExpiry) this.#bufferedExpiry = batch.expiry;
    context.metrics.framesSent.inc(batch.items.length);
    if (this.mode === 'v1') {
      socket.write(batch.frames);
    } else {
      this.#covered = window.apart;
      this.#coveredBatches = window.batchCount;
      const frames = batch.pinged;
      this.putPing(frames[0], batch.bytes, batch.written.at);
      socket.write(frames);
    }
    if (socket.bufferedAmount === 0) return;
    batch.leavePinged();
    this.#watchBuffered();
  }

  #flushSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.context.flushSoon(this);
  }

  /** Writes what was gathered, with its ping, in one go. */
  flush(now = this.context.timers.now()): void {
    this.#soon = false;
    const outbox = this.#outbox ?? NONE;
    if (outbox.length === 0 && !this.#wantsPing) return;
    this.#outbox = null;
    this.#outboxBytes = 0;
    if (!this.socket.open) {
      this.end();
      return;
    }
    if (this.socket.bufferedAmount === 0) this.#bufferedExpiry = Number.POSITIVE_INFINITY;
    const frames: Buffer[] = [];
    let bytes = 0;
    let messages = 0;
    for (const item of outbox) {
      const frame = this.#frameOf(item);
      if (frame === null) continue;
      frames.push(frame);
      bytes += frame.length;
      if (item instanceof BroadcastBatch) messages += item.items.length;
      else if (!Buffer.isBuffer(item)) messages++;
    }
    if (messages > 0) this.context.metrics.framesSent.inc(messages);
    if (this.#wantsPing) {
      this.#covered = this.window.apart;
      this.#coveredBatches = this.window.batchCount;
      this.#writeWithPing(frames, bytes, now);
    } else if (frames.length > 0) {
      this.socket.write(frames);
    }
    this.#watchBuffered();
  }

  #watchBuffered(): void {
    if (this.socket.bufferedAmount > 0 && this.#bufferedExpiry !== Number.POSITIVE_INFINITY) {
      this.context.heartbeat.schedule(this, this.#inNodeTime(this.#bufferedExpiry));
    }
  }

  /** Null if it may not be sent any more. */
  #frameOf(item: Item): Buffer | null {
    if (item instanceof BroadcastBatch) {
      if (item.expiry < this.#bufferedExpiry) this.#bufferedExpiry = item.expiry;
      return item.frames[0];
    }
    if (!('encoded' in item)) return item;
    const { message } = item.encoded;
    if (!this.context.isDue(item)) {
      this.window.take(message.id);
      return null;
    }
    if (message.expiresAt !== null && message.expiresAt < this.#bufferedExpiry) this.#bufferedExpiry = message.expiresAt;
    return item.encoded.frame(this.mode);
  }

  #writeWithPing(frames: Buffer[], bytes: number, now: number): void {
    const apart = bytes + PING_BYTES > COPY_BYTES;
    const buffer = Buffer.allocUnsafe(apart ? PING_BYTES : bytes + PING_BYTES);
    let at = 0;
    if (!apart) for (const frame of frames) at += frame.copy(buffer, at);
    this.putPing(buffer, at, now);
    this.socket.write(apart ? [...frames, buffer] : [buffer]);
  }

  get #wantsPing(): boolean {
    return this.mode === 'plain' && !this.pinged && this.window.size > 0 && !this.ended;
  }

  // ---- Receipts ----

  protected override pingIdle(): void {
    // What was gathered must be written first, or the pong would confirm what was never sent.
    this.flush();
    if (this.pinged || this.ended) return;
    this.#covered = this.mode === 'plain' ? this.window.apart : 0;
    this.#coveredBatches = this.mode === 'plain' ? this.window.batchCount : 0;
    super.pingIdle();
  }

  protected override onPong(now: number): void {
    if (this.mode === 'plain') {
      for (const sent of this.window.takeFirst(this.#covered)) this.#confirm(sent, 'PONG');
      for (; this.#coveredBatches > 0; this.#coveredBatches--) this.#confirmBatch(this.window.takeBatch(), 'PONG', now);
      this.#covered = 0;
      this.flush(now);
    }
    this.afterReceipts();
  }

  /** Messages that the client says it has dealt with; ids that were not sent here are ignored. True if one was confirmed. */
  ack(ids: readonly string[]): boolean {
    let confirmed = this.window.batchCount > 0 && this.#ackBatches(ids);
    for (const id of ids) {
      const sent = this.window.take(id);
      if (sent === null) continue;
      this.#confirm(sent, 'ACK');
      confirmed = true;
    }
    if (confirmed) this.#afterAck();
    return confirmed;
  }

  #afterAck(): void {
    this.#fullSince = null;
    if (this.window.full) this.noteFull();
    this.afterReceipts();
  }

  /**
   * Takes what is, byte for byte, the shortest ack of the one message that is unconfirmed, as most clients send it for a broadcast. False
   * if it is anything else, and has to be read.
   */
  ackPlainly(frame: string): boolean {
    const sent = this.window.onlyBatch;
    if (sent === null || sent.batch.ack !== frame) return false;
    this.#confirmBatch(this.window.takeBatch(), 'ACK', this.context.timers.now());
    this.#afterAck();
    return true;
  }

  /** True if one was confirmed. Of which only some messages are, those are confirmed apart. */
  #ackBatches(ids: readonly string[]): boolean {
    const { whole, parted } = this.window.takeAcked(ids);
    const now = this.context.timers.now();
    for (const sent of whole) this.#confirmBatch(sent, 'ACK', now);
    for (const sent of parted) this.context.globals.part(sent);
    return whole.length > 0;
  }

  #confirm({ id, rowId, at: sentAt }: Sent, kind: ReceiptKind): void {
    const { receipts, globals, clock, timers, metrics } = this.context;
    this.#confirmed ??= new GenerationalSet();
    this.#confirmed.add(id);
    metrics.receiptSeconds.observe((timers.now() - sentAt) / 1000);
    if (rowId === null) globals.confirmed(id, this.claims, kind, clock.now());
    else receipts.add({ tenantId: this.claims.tenantId, rowId, kind, at: clock.now() });
  }

  #confirmBatch(sent: SentBatch | null, kind: ReceiptKind, now: number): void {
    if (sent === null) return;
    const { globals, clock, metrics } = this.context;
    const { batch } = sent;
    // From here on it is remembered for its time, as other messages are from their receipts on. Numbers of broadcasts have their time from the
    // broadcast on: after a late receipt they may be gone too soon.
    this.#ranges?.add(batch.from, batch.until);
    if (now - batch.at > this.context.rememberMs / 2) {
      this.#confirmed ??= new GenerationalSet();
      for (const id of batch.ids) this.#confirmed.add(id);
    }
    metrics.receiptSeconds.observe((now - batch.at) / 1000);
    globals.confirmedBatch(sent, kind, clock.now());
  }

  protected noteFull(): void {
    this.#fullSince ??= this.context.timers.now();
    this.context.heartbeat.schedule(this, this.#fullSince + ACK_TIMEOUT_MS);
  }

  // ---- The end, and deadlines ----

  protected override onEnd(): void {
    this.#outbox = null;
  }

  override closed(): void {
    super.closed();
    this.window.takeFirst(this.window.apart);
    while (this.window.takeBatch() !== null);
  }

  protected override nextDeadline(): number {
    let at = Number.POSITIVE_INFINITY;
    if (this.#fullSince !== null) at = this.#fullSince + ACK_TIMEOUT_MS;
    if (this.socket.bufferedAmount > 0) at = Math.min(at, this.#inNodeTime(this.#bufferedExpiry));
    return at;
  }

  protected override onBeat(now: number): void {
    if (this.context.clock.now() >= this.#bufferedExpiry) {
      // What waits in the socket has expired, and can be taken back no other way.
      if (this.socket.bufferedAmount > 0) this.cut();
      this.#bufferedExpiry = Number.POSITIVE_INFINITY;
    }
    if (this.ended) return;
    if (this.#fullSince !== null && now >= this.#fullSince + ACK_TIMEOUT_MS) this.close(CLOSE.tooSlow, 'no ack');
    if (now - this.#turnedAt >= this.context.rememberMs && this.context.mayForget()) {
      this.#turnedAt = now;
      this.#confirmed?.rotate();
      this.#ranges?.rotate();
    }
  }

  #inNodeTime(databaseTime: number): number {
    return this.context.timers.now() + (databaseTime - this.context.clock.now());
  }
}
