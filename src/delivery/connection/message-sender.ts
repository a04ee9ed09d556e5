import type { ReceiptKind } from '../../core/domain/message.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { Timers } from '../../lib/time/timers.js';
import { CLOSE } from '../../protocol/close-codes.js';
import type { BroadcastBatch } from '../outbound/broadcast-batch.js';
import type { Outgoing } from '../outbound/frame-encoder.js';
import type { Rows } from '../recording/global-row-recorder.js';
import type { AdmittedSocket } from './admitted-socket.js';
import type { FrameWriter } from './frame-writer.js';
import type { InFlightWindow, Sent, SentBatch } from './in-flight-window.js';
import { RecentlySent } from './recently-sent.js';

/** Serves the message senders of a node, all of them. */
export interface MessageSenderPorts {
  readonly timers: Pick<Timers, 'now'>;
  readonly metrics: Pick<Metrics, 'sentAgain'>;
  /** Tells what was neither recalled nor has expired. */
  readonly due: { isDue(item: Outgoing): boolean };
  /** Records what was sent and what was confirmed. */
  readonly record: {
    readonly crowded: boolean;
    sent(globalMessageId: string, claims: RecipientClaims): void;
    sentBatch(rows: Rows): void;
    confirmed(sent: Sent, from: AdmittedSocket, kind: ReceiptKind): void;
    confirmedBatch(sent: Rows, from: AdmittedSocket, kind: ReceiptKind, now: number): void;
    part(sent: Rows): void;
  };
  /** Knows the number of a global message that was broadcast here, if that was not long ago. */
  readonly broadcasts: { numberOf(globalMessageId: string): number | undefined };
  /** Knows the messages whose frames another connection had got before. */
  readonly sentAgain: { has(id: string): boolean };
  /** Remembers an id on a connection for at least so long after its receipt, in milliseconds. */
  readonly rememberMs: number;
  /** False while receipts or sweeps are late, so that what was sent may still look pending. */
  readonly mayForget: () => boolean;
}

/** Cuts a client of `tidings.v1` that leaves a full window without an ack for so long, in milliseconds. */
const ACK_TIMEOUT_MS = 60_000;
/**
 * Sends messages to one client as far as there is room, and takes what it confirms. Nothing is sent twice,
 * and nothing that is no longer due. See docs/design/receipts.md.
 */
export class MessageSender {
  #recent: RecentlySent | null = null;
  #fullSince: number | null = null;

  constructor(
    private readonly socket: AdmittedSocket,
    readonly window: InFlightWindow,
    readonly writer: FrameWriter,
    private readonly ports: MessageSenderPorts,
  ) {}

  /** Whether there is room for one more small message. */
  get hasRoom(): boolean {
    return this.window.fits(1) && this.writer.hasRoom && !this.ports.record.crowded;
  }

  /** Drops what is unconfirmed: no receipts come any more. */
  dropWindow(): void {
    this.window.takeFirst(this.window.apart);
    while (this.window.takeBatch() !== null);
  }

  // ---- Sending ----

  /** Whether it was sent here, and may not be again. */
  has(item: Outgoing): boolean {
    const { id, globalMessageId } = item.encoded.message;
    if (this.#hasApart(id)) return true;
    if (globalMessageId === null || this.#recent === null) return false;
    const number = this.ports.broadcasts.numberOf(id);
    // An ack may take longer than broadcasts are remembered.
    return (number !== undefined && this.#recent.hasBroadcast(number)) || this.window.hasInBatches(id);
  }

  #hasApart(id: string): boolean {
    return this.window.has(id) || this.#recent?.has(id) === true;
  }

  /** Sends a message, if it is still due. False if there is no room for it. */
  send(item: Outgoing): boolean {
    const { ports, window, writer } = this;
    if (!ports.due.isDue(item)) return true;
    const { id } = item.encoded.message;
    const bytes = item.encoded.frame(writer.mode).length;
    if (!writer.fits(bytes)) writer.flush();
    if (this.socket.ended || !window.fits(bytes) || !writer.hasRoom || ports.record.crowded) return false;
    window.add({ id, rowId: item.rowId, bytes, at: ports.timers.now() });
    if (item.rowId === null) ports.record.sent(id, this.socket.claims);
    if (writer.mode === 'v1' && window.full) this.noteFull();
    if (ports.sentAgain.has(id)) ports.metrics.sentAgain.inc();
    writer.add(item, bytes);
    return true;
  }

  /**
   * Takes a batch of broadcasts, which goes out now or with the next flush. False if it cannot be sent as
   * one.
   */
  sendBatch(batch: BroadcastBatch): boolean {
    const { window, writer } = this;
    if (!writer.fits(batch.bytes) || !writer.hasRoom) return false;
    if (!window.fitsAll(batch.items.length, batch.bytes)) return false;
    if (this.#mayHaveApart && batch.items.some((item) => this.#hasApart(item.encoded.message.id))) return false;
    const { ids, from, until, at } = batch.written;
    const sent: SentBatch = {
      batch: batch.written,
      ids,
      claims: this.socket.claims,
      since: at,
      receipt: null,
      connectionId: null,
      taken: false,
    };
    window.addBatch(sent);
    this.ports.record.sentBatch(sent);
    this.#remembered().addBroadcasts(from, until);
    this.#countSentAgain(ids);
    if (writer.mode === 'v1' && window.full) this.noteFull();
    writer.addBatch(batch);
    return true;
  }

  // What it has of other batches cannot be in this one, only what came by a drain.
  get #mayHaveApart(): boolean {
    return this.window.apart > 0 || this.#recent?.hasMessages === true;
  }

  #countSentAgain(ids: readonly string[]): void {
    for (const id of ids) if (this.ports.sentAgain.has(id)) this.ports.metrics.sentAgain.inc();
  }

  // ---- Receipts ----

  /** Takes the pong of the outstanding ping. */
  takePong(now: number): void {
    if (this.writer.mode !== 'plain') return;
    for (const sent of this.window.takeCovered()) this.#confirm(sent, 'PONG');
    for (let sent = this.window.takeCoveredBatch(); sent !== null; sent = this.window.takeCoveredBatch()) {
      this.#confirmBatch(sent, 'PONG', now);
    }
    this.writer.flush(now);
  }

  /**
   * Takes messages that the client says it has dealt with; ids that were not sent here are ignored. True if
   * one was confirmed.
   */
  takeAck(ids: readonly string[]): boolean {
    let confirmed = this.window.batchCount > 0 && this.#takeBatchAcks(ids);
    for (const id of ids) {
      const sent = this.window.take(id);
      if (sent === null) continue;
      this.#confirm(sent, 'ACK');
      confirmed = true;
    }
    if (confirmed) this.#noteAck();
    return confirmed;
  }

  /**
   * Takes what is, byte for byte, the shortest ack of the one message that is unconfirmed, as most clients
   * send it for a broadcast. False if it is anything else, and has to be read.
   */
  takePlainAck(frame: string): boolean {
    const sent = this.window.onlyBatch;
    if (sent === null || sent.batch.ack !== frame) return false;
    this.#confirmBatch(this.window.takeBatch(), 'ACK', this.ports.timers.now());
    this.#noteAck();
    return true;
  }

  #noteAck(): void {
    this.#fullSince = null;
    if (this.window.full) this.noteFull();
  }

  /** True if one was confirmed. A batch of which only some messages are, is confirmed message by message. */
  #takeBatchAcks(ids: readonly string[]): boolean {
    const { whole, parted } = this.window.takeAcked(ids);
    const now = this.ports.timers.now();
    for (const sent of whole) this.#confirmBatch(sent, 'ACK', now);
    for (const sent of parted) this.ports.record.part(sent);
    return whole.length > 0;
  }

  #confirm(sent: Sent, kind: ReceiptKind): void {
    this.#remembered().add(sent.id);
    this.ports.record.confirmed(sent, this.socket, kind);
  }

  #confirmBatch(sent: SentBatch | null, kind: ReceiptKind, now: number): void {
    if (sent === null) return;
    const { batch } = sent;
    const recent = this.#remembered();
    // From here on it is remembered for its time, as other messages are from their receipts on. Numbers of
    // broadcasts have their time from the broadcast on: after a late receipt they may be gone too soon.
    recent.addBroadcasts(batch.from, batch.until);
    if (now - batch.at > this.ports.rememberMs / 2) for (const id of batch.ids) recent.add(id);
    this.ports.record.confirmedBatch(sent, this.socket, kind, now);
  }

  #remembered(): RecentlySent {
    this.#recent ??= new RecentlySent(this.ports.timers.now());
    return this.#recent;
  }

  /** Notes that the window is full: the client is cut if no ack comes for long. */
  noteFull(): void {
    this.#fullSince ??= this.ports.timers.now();
    this.socket.wakeAt(this.#fullSince + ACK_TIMEOUT_MS);
  }

  // ---- Deadlines ----

  get deadline(): number {
    const ackDue = this.#fullSince === null ? Number.POSITIVE_INFINITY : this.#fullSince + ACK_TIMEOUT_MS;
    return Math.min(ackDue, this.writer.deadline);
  }

  /** Sees to its deadlines. */
  beat(now: number): void {
    const { socket, ports } = this;
    this.writer.beat();
    if (socket.ended) return;
    if (this.#fullSince !== null && now >= this.#fullSince + ACK_TIMEOUT_MS) socket.close(CLOSE.tooSlow, 'no ack');
    this.#recent?.rotate(now, ports.rememberMs, ports.mayForget);
  }
}
