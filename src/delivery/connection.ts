import type { OutgoingMessage, ReceiptKind } from '../core/message.js';
import type { PendingMessage } from '../core/message-store.js';
import type { RecipientClaims } from '../core/recipient-token.js';
import { CLOSE, type CloseCode } from '../protocol/close-codes.js';
import type { Mode } from '../protocol/subprotocols.js';
import { type Outgoing, outgoing, PING_BYTES } from './encode.js';
import type { Globals } from './globals.js';
import { TokenBucket } from './limits.js';
import { Memory } from './memory.js';
import { Peer, type PeerContext } from './peer.js';
import type { Receipts } from './receipts.js';
import { Ranges, Run } from './run.js';
import type { Socket } from './socket.js';
import { type Sent, type SentRun, type Unconfirmed, Window, type WindowLimits } from './window.js';

export interface ConnectionContext extends PeerContext {
  limits: WindowLimits;
  unconfirmed: Unconfirmed;
  receipts: Receipts;
  globals: Globals;
  /** It is neither recalled nor expired. */
  isDue(item: Outgoing): boolean;
  /** The number under which a global message was broadcast here, if that was not long ago. */
  broadcastNumber(globalMessageId: string): number | undefined;
  /** How long an id is remembered on a connection after its receipt, at least. */
  rememberMs: number;
  /** False while receipts or sweeps are late, so that what was sent may still look pending. */
  mayForget(): boolean;
  /** Starts a pass through what is pending for the connection. */
  drain(connection: Connection): void;
  /** Sees to it that the connection is flushed at the end of this turn of the event loop. */
  flushSoon(connection: Connection): void;
  /** A message was sent whose frame another connection had got before. */
  isSentAgain(id: string): boolean;
}

/** Bytes that may wait for a client in this process before it counts as having no room. */
const SOCKET_BYTES = 64 * 1024;
/** Text that is read for a connection at once, at most: as many drains as go on together hold that much. */
const PAGE_BYTES = 256 * 1024;
/** What is buffered for a connection during a drain; beyond, the drain asks again. */
const BUFFERED_MESSAGES = 256;
const BUFFERED_BYTES = 256 * 1024;
/** A client of `tidings.v1` that leaves a full window without an ack for this long is cut. */
const ACK_TIMEOUT_MS = 60_000;
/** Frames of the client that mean nothing to us, a second and at once. */
const IDLE_FRAMES_PER_SECOND = 20;
const IDLE_FRAMES_BURST = 100;
const NONE: readonly Outgoing[] = [];
/** Up to this many bytes, frames are copied into one buffer with their ping, which is cheaper than a vectored write. */
const COPY_BYTES = 16 * 1024;

/** What is about to be written: a message, a run of broadcasts, or a frame that is neither. */
type Item = Outgoing | Run | Buffer;
/** How long a connection that is behind waits for half of its window before it makes do with less room. */
const ROOMY_WAIT_MS = 1_000;

/**
 * `draining`: a pass through what is pending is under way, what arrives meanwhile is buffered. `live`: what arrives is sent.
 * `behind`: there is no room; what arrives is dropped, for it is in the database, and a pass follows once there is room.
 */
type Phase = 'draining' | 'live' | 'behind';

/** One connection of a recipient. */
export class Connection extends Peer {
  readonly window: Window;
  /** Broadcasts of the tenant that it has been offered, kept by {@link Broadcasts}. */
  broadcast = 0;
  /** When it was admitted, by the node's clock. */
  readonly admittedAt: number;
  #phase: Phase = 'draining';
  /** It has been live before. */
  #wasLive = false;
  #retireAt = Number.POSITIVE_INFINITY;

  // What was sent.
  #confirmed: Memory | null = null;
  /** Broadcasts that were sent in runs. */
  #ranges: Ranges | null = null;
  #turnedAt: number;
  /** How many of the window, from their oldest, the outstanding ping confirms: messages apart, and runs. */
  #covered = 0;
  #coveredRuns = 0;
  #fullSince: number | null = null;

  // What is about to be written, and the earliest expiry of what the socket has buffered, by the database's clock.
  #outbox: Item[] = [];
  #outboxBytes = 0;
  /** It is flushed at the end of this turn of the event loop. */
  #soon = false;
  #bufferedExpiry = Number.POSITIVE_INFINITY;
  #awaitsWritable = false;

  // The drain.
  #cursor: string | null = null;
  #again = false;
  #buffered: Outgoing[] | null = null;
  #bufferedBytes = 0;
  /** Global messages that run and have no row for this recipient, oldest first. */
  #unsent: readonly Outgoing[] = NONE;
  /** Rows that are being made for globals that found no room. */
  #owed = 0;
  #behindSince = 0;
  /** Bytes of what found no room. */
  #needed = 0;
  #bucket: TokenBucket | null = null;

  constructor(
    claims: RecipientClaims,
    readonly mode: Mode,
    socket: Socket,
    protected override readonly context: ConnectionContext,
  ) {
    super(claims, socket, context);
    this.window = new Window(context.limits, context.unconfirmed);
    this.admittedAt = context.timers.now();
    this.#turnedAt = this.admittedAt;
  }

  get phase(): Phase {
    return this.#phase;
  }

  get cursor(): string | null {
    return this.#cursor;
  }

  /** Messages without a label are for everybody. */
  matches(topic: string | null): boolean {
    return topic === null || topic === this.claims.topic;
  }

  // ---- Live ----

  /** Something arrived for it. */
  offer(item: Outgoing): void {
    if (this.#has(item)) return;
    if (this.ended || this.#phase === 'behind') this.#drop(item);
    else if (this.#phase === 'draining') this.#buffer(item);
    else if (!this.#send(item)) this.#fallBehind([item]);
  }

  /** A run of broadcasts came. It is written with the next flush. False if they have to be offered one by one. */
  offerRun(run: Run): boolean {
    if (this.mode !== 'plain' || this.#phase !== 'live' || this.ended) return false;
    if (run.items.length === 0) return true;
    if (this.#outboxBytes + run.bytes > SOCKET_BYTES || this.socket.bufferedAmount > SOCKET_BYTES) return false;
    if (!this.window.fitsAll(run.items.length, run.bytes)) return false;
    // What it has of other runs cannot be in this one, only what came by a drain.
    if ((this.window.apart > 0 || this.#confirmed !== null) && run.items.some((item) => this.#has(item))) return false;
    this.window.addRun({ run, rows: this.context.globals.sentRun(run.ids, this.claims, run.at) });
    this.#ranges ??= new Ranges();
    this.#ranges.add(run.from, run.until);
    for (const id of run.ids) if (this.context.isSentAgain(id)) this.context.metrics.sentAgain.inc();
    this.#outbox.push(run);
    this.#outboxBytes += run.bytes;
    return true;
  }

  /** Something may be pending that it was not offered. */
  ask(): void {
    if (this.ended) return;
    this.#again = true;
    if (this.#phase === 'live') this.#startPass();
  }

  override get buffered(): number {
    return this.socket.bufferedAmount + this.#outboxBytes;
  }

  /** Writes a frame that is no message, in its place between the messages. */
  override write(frame: Buffer): void {
    if (this.ended) return;
    this.#flushSoon();
    this.#outbox.push(frame);
    this.#outboxBytes += frame.length;
  }

  /** Writes the answer to a frame of the client's. One that does not read its answers is cut. */
  answer(frame: Buffer): void {
    if (this.buffered > SOCKET_BYTES) this.close(CLOSE.tooSlow, 'too slow');
    else this.write(frame);
  }

  /** What answers the client still goes; messages wait in the database. */
  override close(code: CloseCode, reason: string): void {
    const answers = this.#outbox.filter((item) => Buffer.isBuffer(item));
    if (!this.ended && answers.length > 0) this.socket.write(answers);
    super.close(code, reason);
  }

  // ---- The drain; `drain.ts` reads the pages ----

  /**
   * How much the next page may have; null if there is no room, and the pass is over for now. What was sent and is not confirmed is
   * still pending, so a page from the start has it, too.
   */
  get pageRoom(): { limit: number; maxBytes: number } | null {
    const { maxUnconfirmedMessages, maxUnconfirmedBytes } = this.context.limits;
    if (!this.window.fits(1) || this.socket.bufferedAmount > SOCKET_BYTES) {
      this.#needed = 1;
      this.#fallBehind([]);
      return null;
    }
    const sent = this.#cursor === null ? 0 : this.window.size;
    const sentBytes = this.#cursor === null ? 0 : this.window.bytes;
    return {
      limit: Math.min(1000, maxUnconfirmedMessages - sent),
      maxBytes: Math.max(1, Math.min(PAGE_BYTES, maxUnconfirmedBytes - sentBytes)),
    };
  }

  /** A pass is under way, and goes on. */
  get passing(): boolean {
    return !this.ended && this.#phase === 'draining' && this.#retireAt === Number.POSITIVE_INFINITY;
  }

  takeUnsent(globals: readonly OutgoingMessage[]): void {
    this.#unsent = globals.map(outgoing);
  }

  /** A page begins. From the first one on, whatever is dropped asks for another pass. */
  beginPage(): void {
    if (this.#cursor === null) this.#again = false;
  }

  /** One row of a page. False if there is no room, and the pass is over for now. */
  take(row: PendingMessage): boolean {
    while (this.#unsent.length > 0 && (this.#unsent[0] as Outgoing).encoded.message.id < row.rowId) {
      if (!this.#takeUnsent()) return false;
    }
    const item: Outgoing = { ...outgoing(row.message), rowId: row.rowId };
    if (!this.#has(item) && !this.#isConfirmed(row) && !this.#send(item)) {
      this.#fallBehind([]);
      return false;
    }
    this.#cursor = row.rowId;
    return true;
  }

  /** Everything that was pending has been seen. True if the pass is over: live, or without room; false if it starts again. */
  endPass(): boolean {
    this.#cursor = null;
    while (this.#unsent.length > 0) if (!this.#takeUnsent()) return true;
    if (this.#again) return false;
    const buffered = this.#buffered ?? NONE;
    this.#buffered = null;
    this.#bufferedBytes = 0;
    for (const [i, item] of buffered.entries()) {
      if (this.#has(item) || this.#send(item)) continue;
      this.#fallBehind(buffered.slice(i));
      return true;
    }
    this.#phase = 'live';
    if (!this.#wasLive) {
      this.#wasLive = true;
      this.context.metrics.drainSeconds.observe((this.context.timers.now() - this.admittedAt) / 1000);
    }
    return true;
  }

  #takeUnsent(): boolean {
    const item = this.#unsent[0] as Outgoing;
    if (!this.#has(item) && !this.#send(item)) {
      this.#fallBehind([]);
      return false;
    }
    this.#unsent = this.#unsent.slice(1);
    return true;
  }

  #startPass(): void {
    this.#phase = 'draining';
    this.context.drain(this);
  }

  #buffer(item: Outgoing): void {
    const bytes = item.encoded.frame(this.mode).length;
    this.#buffered ??= [];
    if (this.#buffered.length < BUFFERED_MESSAGES && this.#bufferedBytes + bytes <= BUFFERED_BYTES) {
      this.#buffered.push(item);
      this.#bufferedBytes += bytes;
    } else {
      this.#drop(item);
    }
  }

  /** @param missed what there was no room for */
  #fallBehind(missed: readonly Outgoing[]): void {
    this.#phase = 'behind';
    this.#behindSince = this.context.timers.now();
    if (this.mode === 'v1' && this.window.size > 0) this.#noteFull();
    for (const item of missed) this.#drop(item);
    for (const item of this.#buffered ?? NONE) this.#drop(item);
    this.#buffered = null;
    this.#bufferedBytes = 0;
    // The room that is missing may have come while the last page was on its way.
    this.#catchUp();
  }

  // It is in the database, or will be in a moment: a pass finds it.
  #drop(item: Outgoing): void {
    this.#again = true;
    if (item.rowId !== null || !this.context.isDue(item)) return;
    this.#owed++;
    this.context.globals.owed(item.encoded.message.id, this.claims).then(() => {
      this.#owed--;
      this.#again = true;
      if (this.#phase === 'live') this.ask();
      else this.#catchUp();
    });
  }

  /** Starts a pass if it is behind and there is room again. */
  #catchUp(): void {
    if (this.ended || this.#phase !== 'behind' || this.#owed > 0 || this.#retireAt !== Number.POSITIVE_INFINITY) return;
    if (this.socket.bufferedAmount > SOCKET_BYTES) this.#awaitWritable();
    else if (!this.window.fits(this.#needed)) return;
    else if (this.window.roomy || this.#patienceIsOver) this.#startPass();
    else this.context.heartbeat.schedule(this, this.#behindSince + ROOMY_WAIT_MS);
  }

  get #patienceIsOver(): boolean {
    return this.context.timers.now() >= this.#behindSince + ROOMY_WAIT_MS;
  }

  #awaitWritable(): void {
    if (this.#awaitsWritable) return;
    this.#awaitsWritable = true;
    this.socket.onceWritable(() => {
      this.#awaitsWritable = false;
      this.#catchUp();
    });
  }

  // ---- Sending ----

  /** It was sent here, and may not be again. */
  #has(item: Outgoing): boolean {
    const { id, globalMessageId } = item.encoded.message;
    if (this.window.has(id) || this.#confirmed?.has(id)) return true;
    if (globalMessageId === null || this.#ranges === null) return false;
    const number = this.context.broadcastNumber(id);
    return number !== undefined && this.#ranges.has(number);
  }

  /** A receipt came in on another connection of this node and is not written yet. */
  #isConfirmed(row: PendingMessage): boolean {
    const { receipts, globals } = this.context;
    return (
      receipts.has(row.rowId) ||
      (row.message.globalMessageId !== null && globals.isConfirmed(row.message.id, this.claims.recipient))
    );
  }

  /** False if there is no room for it. */
  #send(item: Outgoing): boolean {
    if (!this.context.isDue(item)) return true;
    const { message } = item.encoded;
    const bytes = item.encoded.frame(this.mode).length;
    if (this.#outboxBytes + bytes > SOCKET_BYTES) this.flush();
    if (this.ended || !this.window.fits(bytes) || this.socket.bufferedAmount > SOCKET_BYTES) {
      this.#needed = bytes;
      return false;
    }
    this.window.add({ id: message.id, rowId: item.rowId, bytes, at: this.context.timers.now() });
    if (item.rowId === null) this.context.globals.sent(message.id, this.claims);
    if (this.mode === 'v1' && this.window.full) this.#noteFull();
    if (this.context.isSentAgain(message.id)) this.context.metrics.sentAgain.inc();
    this.#flushSoon();
    this.#outbox.push(item);
    this.#outboxBytes += bytes;
    return true;
  }

  #flushSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.context.flushSoon(this);
  }

  /** Writes what was gathered, with its ping, in one go. */
  flush(now = this.context.timers.now()): void {
    this.#soon = false;
    const outbox = this.#outbox;
    if (outbox.length === 0 && !this.#wantsPing) return;
    this.#outbox = [];
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
      if (item instanceof Run) messages += item.items.length;
      else if (!Buffer.isBuffer(item)) messages++;
    }
    if (messages > 0) this.context.metrics.framesSent.inc(messages);
    if (this.#wantsPing) {
      this.#covered = this.window.apart;
      this.#coveredRuns = this.window.runs.length;
      this.#writeWithPing(frames, bytes, now);
    } else if (frames.length > 0) {
      this.socket.write(frames);
    }
    if (this.socket.bufferedAmount > 0 && this.#bufferedExpiry !== Number.POSITIVE_INFINITY) {
      this.context.heartbeat.schedule(this, this.#inNodeTime(this.#bufferedExpiry));
    }
  }

  /** Null if it may not be sent any more. */
  #frameOf(item: Item): Buffer | null {
    if (item instanceof Run) {
      if (item.expiry < this.#bufferedExpiry) this.#bufferedExpiry = item.expiry;
      return item.frames;
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
    this.#coveredRuns = this.mode === 'plain' ? this.window.runs.length : 0;
    super.pingIdle();
  }

  protected override onPong(now: number): void {
    if (this.mode === 'plain') {
      for (const sent of this.window.takeFirst(this.#covered)) this.#confirm(sent, 'PONG');
      for (const sent of this.window.takeRuns(this.#coveredRuns)) this.#confirmRun(sent, now);
      this.#covered = 0;
      this.#coveredRuns = 0;
      this.flush(now);
    }
    this.#afterReceipts();
  }

  /** Messages that the client says it has dealt with; ids that were not sent here are ignored. True if one was confirmed. */
  ack(ids: readonly string[]): boolean {
    let confirmed = false;
    for (const id of ids) {
      const sent = this.window.take(id);
      if (sent === null) continue;
      this.#confirm(sent, 'ACK');
      confirmed = true;
    }
    if (confirmed) {
      this.#fullSince = null;
      if (this.window.full) this.#noteFull();
      this.#afterReceipts();
    }
    return confirmed;
  }

  #confirm({ id, rowId, at: sentAt }: Sent, kind: ReceiptKind): void {
    const { receipts, globals, clock, timers, metrics } = this.context;
    this.#confirmed ??= new Memory();
    this.#confirmed.add(id);
    metrics.receiptSeconds.observe((timers.now() - sentAt) / 1000);
    if (rowId === null) globals.confirmed(id, this.claims, kind, clock.now());
    else receipts.add({ tenantId: this.claims.tenantId, rowId, kind, at: clock.now() });
  }

  #confirmRun({ run, rows }: SentRun, now: number): void {
    const { globals, clock, metrics } = this.context;
    // From here on it is remembered for its time, as other messages are from their receipts on.
    this.#ranges?.add(run.from, run.until);
    metrics.receiptSeconds.observe((now - run.at) / 1000);
    globals.confirmedRun(rows, run.ids, this.claims, { kind: 'PONG', at: clock.now() });
  }

  #afterReceipts(): void {
    if (this.ended) return;
    if (this.#retireAt !== Number.POSITIVE_INFINITY) this.#retireIfDone();
    else this.#catchUp();
  }

  #noteFull(): void {
    this.#fullSince ??= this.context.timers.now();
    this.context.heartbeat.schedule(this, this.#fullSince + ACK_TIMEOUT_MS);
  }

  // ---- The client's frames ----

  /** A frame that needs no answer came in: false if there are too many of them. */
  tolerate(): boolean {
    const now = this.context.timers.now();
    this.#bucket ??= new TokenBucket(IDLE_FRAMES_PER_SECOND, IDLE_FRAMES_BURST, now);
    if (this.#bucket.take(now)) return true;
    this.close(CLOSE.policyViolation, 'too many frames');
    return false;
  }

  // ---- The end ----

  /** Sends nothing new, waits until the receipts of what was sent are written, and closes. */
  retire(patienceMs: number): void {
    if (this.ended || this.#retireAt !== Number.POSITIVE_INFINITY) return;
    this.flush();
    this.#retireAt = this.context.timers.now() + patienceMs;
    this.#fallBehind([]);
    this.context.heartbeat.schedule(this, this.#retireAt);
    this.#retireIfDone();
  }

  // The client goes to another node at once, which must find the receipts written, or it sends everything again.
  #retireIfDone(): void {
    if (this.window.size > 0) return;
    const { receipts, globals } = this.context;
    Promise.all([receipts.flushed(), globals.flushed()]).then(() => this.close(CLOSE.goingAway, 'shutting down'));
  }

  protected override onEnd(): void {
    // A page that is on its way finds that it comes too late.
    for (const item of this.#buffered ?? NONE) this.#drop(item);
    this.#buffered = null;
    this.#outbox = [];
    this.#unsent = NONE;
  }

  override closed(): void {
    super.closed();
    this.window.takeFirst(this.window.apart);
    this.window.takeRuns(this.window.runs.length);
  }

  protected override nextDeadline(): number {
    let at = this.#retireAt;
    if (this.#phase === 'behind' && !this.#patienceIsOver) at = Math.min(at, this.#behindSince + ROOMY_WAIT_MS);
    if (this.#fullSince !== null) at = Math.min(at, this.#fullSince + ACK_TIMEOUT_MS);
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
    this.window.relax();
    this.#catchUp();
    if (now >= this.#retireAt) this.close(CLOSE.goingAway, 'shutting down');
    else if (this.#fullSince !== null && now >= this.#fullSince + ACK_TIMEOUT_MS) this.close(CLOSE.tooSlow, 'no ack');
    if (now - this.#turnedAt >= this.context.rememberMs && this.context.mayForget()) {
      this.#turnedAt = now;
      this.#confirmed?.turn();
      this.#ranges?.turn();
    }
  }

  #inNodeTime(databaseTime: number): number {
    return this.context.timers.now() + (databaseTime - this.context.clock.now());
  }
}
