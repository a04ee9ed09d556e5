import type { OutgoingMessage } from '../../core/domain/outgoing-message.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { PendingMessage } from '../../core/ports/stores/delivery-store.js';
import type { Timers } from '../../lib/time/timers.js';
import type { Mode } from '../../protocol/subprotocols.js';
import type { BroadcastBatch } from '../outbound/broadcast-batch.js';
import { type Outgoing, outgoing } from '../outbound/frame-encoder.js';
import type { AdmittedSocket } from './admitted-socket.js';
import { type Arrival, ArrivalBuffer, AwaitedText, BUFFERED_MESSAGES, itemOf, type TextTaker } from './arrival-buffer.js';
import type { InFlightLimits } from './in-flight-window.js';
import type { MessageSender } from './message-sender.js';
import { PendingPass, type PendingSource } from './pending-pass.js';
import { RoomWatch } from './room-watch.js';

/** Serves the backlogs of a node, all of them. */
export interface BacklogPorts {
  readonly limits: InFlightLimits;
  readonly timers: Pick<Timers, 'now'>;
  readonly metrics: Pick<Metrics, 'drainSeconds'>;
  /** Tells what was neither recalled nor has expired. */
  readonly due: { isDue(item: Outgoing): boolean };
  /** Knows the receipts that may not be written yet, and makes rows for globals that found no room. */
  readonly record: {
    readonly crowded: boolean;
    isConfirmed(message: OutgoingMessage, rowId: string | null, claims: RecipientClaims): boolean;
    owed(globalMessageId: string, claims: RecipientClaims): Promise<void>;
  };
  /** Has a backlog passed when its turn has come. */
  readonly drains: { start(backlog: Backlog): void };
  /** Offers a backlog the broadcasts that it has not been offered yet. */
  readonly broadcasts: { catchUp(backlog: Backlog): unknown };
}

/** Awaits at most so many texts one by one at a time; beyond, a pass reads what is pending. */
const AWAITED_TEXTS = 64;
const NONE: readonly never[] = [];

/**
 * `draining`: a pass through what is pending is under way, what arrives meanwhile is buffered. `live`: what
 * arrives is sent.
 * `awaiting`: the text of a message is on its way from the database, what arrives after it is buffered.
 * `behind`: there is no room; what arrives is dropped, for it is in the database, and a pass follows once
 * there is room.
 */
type Phase = 'draining' | 'live' | 'awaiting' | 'behind';

/**
 * Decides when one connection is sent what: it passes through what is pending, buffers what arrives
 * meanwhile, and hands over to what arrives. Where there is no room it falls behind and passes again later.
 * See docs/design/draining.md.
 */
export class Backlog {
  /** Number of the first broadcast of the tenant that it has not been offered. Kept by the broadcaster. */
  broadcast = 0;
  #phase: Phase = 'draining';
  /** When the connection was admitted, by the node's clock; null once it has been live. */
  #drainingSince: number | null;
  /** Whether no pass begins any more. */
  #stopped = false;
  /** Null while it is live, and at its end. */
  #pass: PendingPass | null = null;
  /** Whether the pass that is under way has asked for a page. */
  #hasBegun = false;
  /** Whether something may be pending that the pass has not seen. */
  #again = false;
  #arrivals: ArrivalBuffer | null = null;
  /** Texts on their way, also those whose places were given up. */
  #awaited = 0;
  /** Rows that are being made for globals that found no room. */
  #owed = 0;
  /** Null until it falls behind, which most connections never do. */
  #room: RoomWatch | null = null;

  constructor(
    private readonly socket: AdmittedSocket,
    private readonly sender: MessageSender,
    private readonly ports: BacklogPorts,
  ) {
    this.#drainingSince = ports.timers.now();
  }

  get claims(): RecipientClaims {
    return this.socket.claims;
  }

  get mode(): Mode {
    return this.sender.writer.mode;
  }

  /** When the connection was admitted, by the database's clock. */
  get openedAt(): number {
    return this.socket.openedAt;
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** Whether a message of this label is for the recipient. Without a label it is for everybody. */
  matches(topic: string | null): boolean {
    return topic === null || topic === this.claims.topic;
  }

  // ---- What arrives ----

  /** Takes a message that arrived: sends it, keeps it in its place, or leaves it to a pass. */
  offer(item: Outgoing): void {
    if (this.sender.has(item)) return;
    if (this.socket.ended || this.#phase === 'behind') this.#drop(item);
    else if (this.#phase !== 'live') this.#buffer(item);
    else if (!this.sender.send(item)) this.#fallBehind(this.#bytesOf(item), item);
  }

  /**
   * Takes a message whose text has to be read: what comes after it waits behind its place.
   * @param read has the text read, which it takes
   */
  offerLater(read: (taker: TextTaker) => void): void {
    if (this.socket.ended) return;
    const buffered = this.#arrivals?.size ?? 0;
    // A pass that has yet to begin finds it: what many of them kept meanwhile would be most of the memory.
    const isLeft = this.#phase === 'behind' || (this.#phase === 'draining' && !this.#hasBegun);
    const mayWait = !isLeft && this.#awaited < AWAITED_TEXTS && buffered < BUFFERED_MESSAGES;
    if (!mayWait || !this.sender.hasRoom) {
      this.ask();
      return;
    }
    const place = new AwaitedText();
    this.#arrivals ??= new ArrivalBuffer(this.mode);
    this.#arrivals.addPlace(place);
    this.#awaited++;
    if (this.#phase === 'live') this.#phase = 'awaiting';
    read({
      isWanted: () => this.#arrivals?.has(place) === true,
      take: (item) => this.#arrived(place, item),
      failed: () => {
        // A pass is tried until the database is back.
        this.ask();
        this.#arrived(place, null);
      },
    });
  }

  /**
   * Takes a batch of broadcasts, which is written with the next flush. False if they have to be offered one
   * by one.
   */
  offerBatch(batch: BroadcastBatch): boolean {
    if (this.#phase !== 'live' || this.socket.ended) return false;
    return batch.items.length === 0 || this.sender.sendBatch(batch);
  }

  /** Has a pass look for what may be pending and was not offered. */
  ask(): void {
    if (this.socket.ended) return;
    this.#again = true;
    if (this.#phase === 'live' || this.#phase === 'awaiting') this.#startPass();
  }

  // ---- A pass ----

  /** Whether a pass is under way, and goes on. */
  get passing(): boolean {
    return !this.socket.ended && this.#phase === 'draining' && !this.#stopped;
  }

  /** Takes the global messages that run now and have no row for the recipient. */
  takeUnsent(globals: readonly OutgoingMessage[]): void {
    this.#currentPass().takeUnsent(globals);
  }

  #currentPass(): PendingPass {
    this.#pass ??= new PendingPass(this.claims, this.ports.limits);
    return this.#pass;
  }

  /**
   * Passes through what is pending, until there is no more or no room. A message may become visible behind
   * the place that the pass has reached; its event, which is buffered, or the next sweep sees to it.
   */
  async pass(source: PendingSource): Promise<void> {
    const pass = this.#currentPass();
    if (pass.isOutdated) await pass.renewUnsent(source);
    while (this.passing) {
      if (!this.sender.hasRoom) {
        this.#fallBehind(1);
        return;
      }
      // From the first page on, whatever is dropped asks for another pass.
      if (pass.isAtStart) this.#again = false;
      this.#hasBegun = true;
      const page = await pass.readPage(source, this.sender.window);
      if (!this.passing || !this.#takePage(pass, page.messages)) return;
      const isLast = !page.more || page.messages.length === 0;
      if (isLast && this.#endPass(pass)) return;
    }
  }

  /** False if there was no room for all of it, and the pass is over for now. */
  #takePage(pass: PendingPass, rows: readonly PendingMessage[]): boolean {
    // Broadcasts that came before the page have their places among its rows.
    if (rows.length > 0) this.ports.broadcasts.catchUp(this);
    for (const { rowId, message } of rows) {
      if (!this.#takeUnsent(pass, rowId) || !this.#takeArrivals(rowId)) return false;
      if (!this.#takePending({ ...outgoing(message), rowId })) return false;
      pass.advance(rowId);
    }
    // The next page may come so late that nobody remembers that they were sent.
    this.#arrivals?.removeSent((item) => this.sender.has(item));
    return true;
  }

  /** Sends the global messages of smaller ids that have no row, all of them without a row to come before. */
  #takeUnsent(pass: PendingPass, before: string | null): boolean {
    for (let item = pass.firstUnsent; item !== undefined; item = pass.firstUnsent) {
      if (before !== null && item.encoded.message.id >= before) return true;
      if (!this.#takePending(item)) return false;
      pass.shiftUnsent();
    }
    return true;
  }

  /**
   * Sends a pending message unless it was sent here, or confirmed on another connection of this node and that
   * is not written yet.
   */
  #takePending(item: Outgoing): boolean {
    if (this.sender.has(item) || this.ports.record.isConfirmed(item.encoded.message, item.rowId, this.claims)) return true;
    if (this.sender.send(item)) return true;
    this.#fallBehind(this.#bytesOf(item));
    return false;
  }

  /**
   * Sends what has arrived and has a smaller id: a global has no row among those of a page, but may have been
   * pushed before them.
   */
  #takeArrivals(before: string): boolean {
    for (let first = this.#arrivals?.first; first !== undefined; first = this.#arrivals?.first) {
      if (first instanceof AwaitedText || first.encoded.message.id >= before) return true;
      if (!this.sender.has(first) && !this.sender.send(first)) {
        this.#fallBehind(this.#bytesOf(first));
        return false;
      }
      this.#arrivals?.shift();
    }
    return true;
  }

  /** True if the pass is over: live, or without room; false if it starts again. */
  #endPass(pass: PendingPass): boolean {
    pass.restart();
    if (!this.#takeUnsent(pass, null)) return true;
    if (this.#again) return false;
    this.#pass = null;
    this.#release();
    if (this.#drainingSince !== null && this.phase !== 'behind') {
      this.ports.metrics.drainSeconds.observe((this.ports.timers.now() - this.#drainingSince) / 1000);
      this.#drainingSince = null;
    }
    return true;
  }

  #startPass(): void {
    this.#phase = 'draining';
    this.#hasBegun = false;
    this.ports.drains.start(this);
  }

  // ---- What is buffered ----

  /** Sends what has arrived, up to the first text that is on its way. */
  #release(): void {
    const arrivals = this.#arrivals;
    this.#arrivals = null;
    for (let first = arrivals?.first; arrivals !== null && first !== undefined; first = arrivals.first) {
      if (first instanceof AwaitedText && !first.arrived && !this.socket.ended) {
        this.#arrivals = arrivals;
        this.#phase = 'awaiting';
        return;
      }
      const item = itemOf(first);
      if (item !== null && !this.sender.has(item) && !this.sender.send(item)) {
        this.#arrivals = arrivals;
        this.#fallBehind(this.#bytesOf(item));
        return;
      }
      arrivals.shift();
    }
    this.#phase = 'live';
  }

  #arrived(place: AwaitedText, item: Outgoing | null): void {
    this.#awaited--;
    place.arrived = true;
    if (!this.#arrivals?.has(place)) return;
    if (item !== null && this.matches(item.encoded.message.topic)) this.#arrivals.fill(place, item);
    if (this.#phase === 'awaiting') this.#release();
    // What has to wait here for long, a pass reads again.
    const waiting = this.#arrivals;
    if (place.item === null || !waiting?.overfull || !waiting.has(place)) return;
    waiting.empty(place);
    this.ask();
  }

  #buffer(item: Outgoing): void {
    this.#arrivals ??= new ArrivalBuffer(this.mode);
    if (this.#arrivals.add(item)) return;
    this.#drop(item);
    this.ask();
  }

  #dropArrivals(): void {
    const arrivals = this.#arrivals?.all() ?? NONE;
    this.#arrivals = null;
    for (const arrival of arrivals) this.#drop(arrival);
  }

  // It is in the database, or will be in a moment: a pass finds it.
  #drop(arrival: Arrival): void {
    this.#again = true;
    const item = itemOf(arrival);
    if (item === null) return;
    if (item.rowId !== null) this.#pass?.restartIfBehind(item.rowId);
    else if (this.ports.due.isDue(item)) this.#owe(item);
  }

  /** Has the row of a global message made, and passes again once it is there. */
  #owe(item: Outgoing): void {
    this.#owed++;
    void this.ports.record.owed(item.encoded.message.id, this.claims).then(() => {
      this.#owed--;
      this.#again = true;
      if (this.#phase === 'behind') this.catchUp();
      else this.ask();
    });
  }

  // ---- Behind ----

  /**
   * @param needed bytes of what found no room
   * @param missed what is to be left to a pass
   */
  #fallBehind(needed: number, missed: Outgoing | null = null): void {
    this.#phase = 'behind';
    this.#room ??= new RoomWatch(this.socket, this.sender, this.ports);
    this.#room.begin(needed);
    this.#pass?.interrupt();
    if (missed !== null) this.#drop(missed);
    this.#dropArrivals();
    // The room that is missing may have come while the last page was on its way.
    this.catchUp();
  }

  /** Starts a pass if it is behind and there is room again. */
  catchUp(): void {
    if (this.socket.ended || this.#phase !== 'behind' || this.#owed > 0 || this.#stopped) return;
    if (this.#room?.hasRoom(() => this.catchUp())) this.#startPass();
  }

  // ---- The end, and deadlines ----

  /** Sends nothing new any more. */
  stop(): void {
    this.#stopped = true;
    this.#fallBehind(1);
  }

  /** Lets go of what it has: a page that is on its way finds that it comes too late. */
  end(): void {
    this.#dropArrivals();
    this.#pass = null;
  }

  /** When it looks again whether it can go on, by the node's clock. */
  get deadline(): number {
    return this.#phase === 'behind' && this.#room !== null ? this.#room.deadline : Number.POSITIVE_INFINITY;
  }

  #bytesOf(item: Outgoing): number {
    return item.encoded.frame(this.mode).length;
  }
}
