import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { PendingMessage } from '../../core/ports/stores/delivery-store.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { Mode } from '../../protocol/subprotocols.js';
import type { ConnectionContext } from '../connection-context.js';
import type { BroadcastBatch } from '../outbound/broadcast-batch.js';
import { type Outgoing, outgoing } from '../outbound/frame-encoder.js';
import type { Socket } from '../socket/socket.js';
import { MessageSender } from './message-sender.js';

/** Text that is read for a connection at once, at most: as many drains as go on together hold that much. */
const PAGE_BYTES = 256 * 1024;
/** What is buffered for a connection during a drain; beyond, the drain asks again. */
const BUFFERED_MESSAGES = 256;
const BUFFERED_BYTES = 256 * 1024;
/** Frames of the client that mean nothing to us, a second and at once. */
const IDLE_FRAMES_PER_SECOND = 20;
const IDLE_FRAMES_BURST = 100;
/** How long a connection that is behind waits for half of its window before it makes do with less room. */
const ROOMY_WAIT_MS = 1_000;
/** How often one looks whether the database keeps up with receipts again. */
const CROWDED_WAIT_MS = 1_000;
/** Texts that are read for a connection one by one at a time; beyond, a pass reads what is pending. */
const AWAITED_TEXTS = 64;
const NONE: readonly never[] = [];

/**
 * `draining`: a pass through what is pending is under way, what arrives meanwhile is buffered. `live`: what arrives is sent.
 * `awaiting`: the text of a message is on its way from the database, what arrives after it is buffered.
 * `behind`: there is no room; what arrives is dropped, for it is in the database, and a pass follows once there is room.
 */
type Phase = 'draining' | 'live' | 'awaiting' | 'behind';

/** The place of a message whose text is on its way. */
class Awaited {
  arrived = false;
  /** Null if there is nothing to send (any more). */
  item: Outgoing | null = null;
}

type Buffered = Outgoing | Awaited;

/** One connection of a recipient: what is sent on it, and when. */
export class Connection extends MessageSender {
  /** Broadcasts of the tenant that it has been offered, kept by {@link Broadcaster}. */
  broadcast = 0;
  /** When it was admitted, by the node's clock. */
  readonly admittedAt: number;
  #phase: Phase = 'draining';
  /** It has been live before. */
  #wasLive = false;
  #retireAt = Number.POSITIVE_INFINITY;
  #awaitsWritable = false;

  // The drain.
  #cursor: string | null = null;
  #again = false;
  #buffered: Buffered[] | null = null;
  #bufferedBytes = 0;
  /** Texts on their way, also those whose places were given up. */
  #awaited = 0;
  /** Global messages that run and have no row for this recipient, oldest first. */
  #unsent: readonly Outgoing[] = NONE;
  #unsentAreOld = false;
  /** Rows that are being made for globals that found no room. */
  #owed = 0;
  #behindSince = 0;
  /** When it looks again whether it can go on. */
  #lookAt = 0;
  /** Bytes of what found no room. */
  #needed = 0;
  #bucket: TokenBucket | null = null;

  constructor(claims: RecipientClaims, mode: Mode, socket: Socket, context: ConnectionContext) {
    super(claims, mode, socket, context);
    this.admittedAt = context.timers.now();
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
    if (this.has(item)) return;
    if (this.ended || this.#phase === 'behind') this.#drop(item);
    else if (this.#phase !== 'live') this.#buffer(item);
    else if (!this.#trySend(item)) this.#fallBehind([item]);
  }

  /**
   * A message arrived whose text has to be read: what comes after it waits behind its place.
   * @param read resolves to null if it is no longer pending
   */
  offerLater(read: () => Promise<Outgoing | null>): void {
    if (this.ended) return;
    const hasRoom = this.window.fits(1) && this.hasRoomInSocket && !this.context.receipts.crowded;
    const buffered = this.#buffered?.length ?? 0;
    if (this.#phase === 'behind' || !hasRoom || this.#awaited === AWAITED_TEXTS || buffered >= BUFFERED_MESSAGES) {
      this.ask();
      return;
    }
    const place = new Awaited();
    this.#buffered ??= [];
    this.#buffered.push(place);
    this.#awaited++;
    if (this.#phase === 'live') this.#phase = 'awaiting';
    read().then(
      (item) => this.#arrived(place, item),
      () => {
        // A pass is tried until the database is back.
        this.ask();
        this.#arrived(place, null);
      },
    );
  }

  /** A batch of broadcasts came. It is written with the next flush. False if they have to be offered one by one. */
  offerBatch(batch: BroadcastBatch): boolean {
    if (this.#phase !== 'live' || this.ended) return false;
    return batch.items.length === 0 || this.sendBatch(batch);
  }

  /** Something may be pending that it was not offered. */
  ask(): void {
    if (this.ended) return;
    this.#again = true;
    if (this.#phase === 'live' || this.#phase === 'awaiting') this.#startPass();
  }

  // ---- The drain; `drain.ts` reads the pages ----

  /**
   * How much the next page may have; null if there is no room, and the pass is over for now. What was sent and is not confirmed is
   * still pending, so a page from the start has it, too.
   */
  get pageRoom(): { limit: number; maxBytes: number } | null {
    const { maxUnconfirmedMessages, maxUnconfirmedBytes } = this.context.limits;
    if (!this.window.fits(1) || !this.hasRoomInSocket || this.context.receipts.crowded) {
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

  /** Running globals that have no row for the recipient; in the order of ids with its rows. */
  takeUnsent(globals: readonly OutgoingMessage[]): void {
    this.#unsent = globals.map(outgoing);
    this.#unsentAreOld = false;
  }

  /** It fell behind before it had all of them: since then they may have been recalled, or got by another connection. */
  get unsentAreOld(): boolean {
    return this.#unsentAreOld;
  }

  /** A page begins. From the first one on, whatever is dropped asks for another pass. */
  beginPage(): void {
    if (this.#cursor === null) this.#again = false;
  }

  /** A page has come: broadcasts that came before it have their places among its rows. */
  takeBroadcasts(): void {
    this.context.catchUp(this);
  }

  /** One row of a page. False if there is no room, and the pass is over for now. */
  take(row: PendingMessage): boolean {
    while (this.#unsent.length > 0 && (this.#unsent[0] as Outgoing).encoded.message.id < row.rowId) {
      if (!this.#takeUnsent()) return false;
    }
    if (!this.#takeBuffered(row.rowId)) return false;
    const item: Outgoing = { ...outgoing(row.message), rowId: row.rowId };
    if (!this.has(item) && !this.#isConfirmed(row) && !this.#trySend(item)) {
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
    this.#release();
    if (!this.#wasLive && this.#phase !== 'behind') {
      this.#wasLive = true;
      this.context.metrics.drainSeconds.observe((this.context.timers.now() - this.admittedAt) / 1000);
    }
    return true;
  }

  /** Sends what was buffered, up to the first text that is on its way. */
  #release(): void {
    const buffered = this.#buffered ?? NONE;
    this.#buffered = null;
    for (const [i, entry] of buffered.entries()) {
      if (entry instanceof Awaited && !entry.arrived && !this.ended) {
        this.#buffered = buffered.slice(i);
        this.#phase = 'awaiting';
        return;
      }
      const item = itemOf(entry);
      if (item === null) continue;
      this.#bufferedBytes -= item.encoded.frame(this.mode).length;
      if (this.has(item) || this.#trySend(item)) continue;
      this.#fallBehind(buffered.slice(i));
      return;
    }
    this.#phase = 'live';
  }

  #arrived(place: Awaited, item: Outgoing | null): void {
    this.#awaited--;
    place.arrived = true;
    if (this.#buffered === null || !this.#buffered.includes(place)) return;
    if (item !== null && this.matches(item.encoded.message.topic)) {
      place.item = item;
      this.#bufferedBytes += item.encoded.frame(this.mode).length;
    }
    if (this.#phase === 'awaiting') this.#release();
    // What has to wait here for long, a pass reads again.
    if (place.item === null || this.#bufferedBytes <= BUFFERED_BYTES || !this.#buffered.includes(place)) return;
    this.#bufferedBytes -= place.item.encoded.frame(this.mode).length;
    place.item = null;
    this.ask();
  }

  /** Sends what was buffered and has a smaller id: a global has no row among those of a page, but may have been pushed before them. */
  #takeBuffered(before: string): boolean {
    while (this.#buffered !== null) {
      const entry = this.#buffered[0];
      if (entry === undefined || entry instanceof Awaited || entry.encoded.message.id >= before) return true;
      if (!this.has(entry) && !this.#trySend(entry)) {
        this.#fallBehind([]);
        return false;
      }
      this.#buffered.shift();
      this.#bufferedBytes -= entry.encoded.frame(this.mode).length;
    }
    return true;
  }

  #takeUnsent(): boolean {
    const item = this.#unsent[0] as Outgoing;
    const isConfirmed = this.context.globals.isConfirmed(item.encoded.message.id, this.claims.recipient);
    if (!this.has(item) && !isConfirmed && !this.#trySend(item)) {
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
      this.ask();
    }
  }

  /** @param missed what there was no room for */
  #fallBehind(missed: readonly Buffered[]): void {
    this.#phase = 'behind';
    this.#behindSince = this.context.timers.now();
    this.#unsentAreOld = this.#unsent.length > 0;
    for (const item of missed) this.#drop(item);
    for (const item of this.#buffered ?? NONE) this.#drop(item);
    this.#buffered = null;
    this.#bufferedBytes = 0;
    // The room that is missing may have come while the last page was on its way.
    this.#catchUp();
  }

  // It is in the database, or will be in a moment: a pass finds it.
  #drop(entry: Buffered): void {
    this.#again = true;
    const item = itemOf(entry);
    // It became visible behind the place where the pass stopped: what was pushed after it must not come before it.
    if (item !== null && item.rowId !== null && this.#cursor !== null && item.rowId < this.#cursor) this.#cursor = null;
    if (item === null || item.rowId !== null || !this.context.isDue(item)) return;
    this.#owed++;
    this.context.globals.owed(item.encoded.message.id, this.claims).then(() => {
      this.#owed--;
      this.#again = true;
      if (this.#phase === 'behind') this.#catchUp();
      else this.ask();
    });
  }

  /** Starts a pass if it is behind and there is room again. */
  #catchUp(): void {
    if (this.ended || this.#phase !== 'behind' || this.#owed > 0 || this.#retireAt !== Number.POSITIVE_INFINITY) return;
    if (!this.hasRoomInSocket) this.#awaitWritable();
    else if (this.context.receipts.crowded) this.#lookLater(this.context.timers.now() + CROWDED_WAIT_MS);
    else if (!this.window.fits(this.#needed)) this.#awaitAcks();
    else if (this.window.roomy || this.#patienceIsOver) this.#startPass();
    else this.#lookLater(this.#behindSince + ROOMY_WAIT_MS);
  }

  /** The window is full for what comes next, though it may not be to the last byte. Pongs have a deadline of their own. */
  #awaitAcks(): void {
    if (this.mode === 'v1') this.noteFull();
  }

  #lookLater(at: number): void {
    this.#lookAt = at;
    this.context.heartbeat.schedule(this, at);
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

  /** A receipt came in on another connection of this node and is not written yet. */
  #isConfirmed(row: PendingMessage): boolean {
    const { receipts, globals } = this.context;
    return (
      receipts.has(row.rowId) ||
      (row.message.globalMessageId !== null && globals.isConfirmed(row.message.id, this.claims.recipient))
    );
  }

  #trySend(item: Outgoing): boolean {
    if (this.send(item)) return true;
    this.#needed = item.encoded.frame(this.mode).length;
    return false;
  }

  protected override afterReceipts(): void {
    if (this.ended) return;
    if (this.#retireAt !== Number.POSITIVE_INFINITY) this.#retireIfDone();
    else this.#catchUp();
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
    super.onEnd();
    // A page that is on its way finds that it comes too late.
    for (const item of this.#buffered ?? NONE) this.#drop(item);
    this.#buffered = null;
    this.#unsent = NONE;
  }

  protected override nextDeadline(): number {
    let at = Math.min(super.nextDeadline(), this.#retireAt);
    if (this.#phase === 'behind' && this.context.timers.now() < this.#lookAt) at = Math.min(at, this.#lookAt);
    return at;
  }

  protected override onBeat(now: number): void {
    super.onBeat(now);
    if (this.ended) return;
    this.#catchUp();
    if (now >= this.#retireAt) this.close(CLOSE.goingAway, 'shutting down');
  }
}

const itemOf = (entry: Buffered): Outgoing | null => (entry instanceof Awaited ? entry.item : entry);
