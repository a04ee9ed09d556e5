import type { ReceiptKind } from '../../core/domain/message.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore, GlobalDelivery } from '../../core/ports/stores/delivery-store.js';
import type { Timers } from '../../lib/time/timers.js';
import { WriteBehindQueue } from './write-behind-queue.js';

/** Keeps at most so many rows while the database is slow or away. */
const MAX_KEPT = 1_000_000;
/** Makes so many rows in one statement. */
const BATCH = 2_000;
/**
 * Lets a row wait so long for others to share its statement, in milliseconds; less if no receipts come in any
 * more.
 */
const GATHER_MS = 50;
/** Looks this often whether they do, in milliseconds. */
const LOOK_MS = 5;
/** Waits at most so long for a receipt, in milliseconds, so that its row is written once and not twice. */
const AWAIT_RECEIPT_MS = 200;
/**
 * Waits at most so long while frames of broadcasts are still being written, which go first. In milliseconds.
 */
const AWAIT_FRAMES_MS = 1_000;

/**
 * Announces rows to the sweeps of other nodes if they are made so long after their frames, in milliseconds.
 */
export const LATE_ROWS_MS = 30_000;

/** Stands for rows of one recipient that are made together: of one global message, or of a batch of them. */
export interface Rows {
  /** Ids of the global messages. Empty once their rows are made apart. */
  ids: readonly string[];
  readonly claims: RecipientClaims;
  /** When the frames were written, by the node's clock. */
  readonly since: number;
  receipt: GlobalDelivery['receipt'];
  /** The connection that the receipt came from. */
  connectionId: string | null;
  /** Whether it is on its way to the database, or not kept for it: what comes later needs another write. */
  taken: boolean;
}

export const rowsOf = (ids: readonly string[], claims: RecipientClaims, since: number): Rows => ({
  ids,
  claims,
  since,
  receipt: null,
  connectionId: null,
  taken: false,
});

interface GlobalRowRecorderDeps {
  store: Pick<DeliveryStore, 'recordGlobals'>;
  timers: Timers;
  metrics: Pick<Metrics, 'globalRowLagSeconds'>;
  logger: Logger;
  /** Tells whether frames of broadcasts are being written. */
  broadcasts: { readonly walking: boolean };
  /** Hears that a row or a receipt was dropped. */
  losses: { dropped(): void };
}

type Receipt = NonNullable<GlobalDelivery['receipt']>;

/**
 * Makes the rows of global messages in bulk, soon after their frames: one for each recipient that a frame was
 * written to. See docs/design/broadcasts.md.
 */
export class GlobalRowRecorder {
  readonly #writer: WriteBehindQueue<Rows>;
  /** Rows not written yet of messages sent apart from batches, by global message and recipient. */
  readonly #byGlobal = new Map<string, Map<string, Rows>>();
  /**
   * Rows not written yet, by recipient. Made when somebody asks, which is rare, and kept up until nothing
   * waits any more: an entry for each frame of a broadcast would cost more than all else about its row.
   */
  #byRecipient: Map<string, Rows[]> | null = null;
  #line: Rows[] = [];
  #head = 0;
  // How many rows are in the line, and how many of them have their receipt.
  #waiting = 0;
  #confirmed = 0;
  /** Receipts that have come in since the last look. */
  #heard = 0;
  /** When the whole line was last taken, which may be less than a statement. */
  #gatheredAt = Number.NEGATIVE_INFINITY;
  #timer: (() => void) | null = null;
  #last: Receipt | null = null;

  constructor(private readonly deps: GlobalRowRecorderDeps) {
    const { store, timers, metrics, logger, losses } = deps;
    const write = async (batch: Rows[]) => {
      const lateBefore = timers.now() - LATE_ROWS_MS;
      const late = batch.some(({ since }) => since < lateBefore);
      await store.recordGlobals(deliveriesOf(batch), late);
      const now = timers.now();
      for (const rows of batch) {
        metrics.globalRowLagSeconds.observe((now - rows.since) / 1000);
        this.#forget(rows);
      }
    };
    this.#writer = new WriteBehindQueue(write, timers, logger, {
      name: 'rows of globals',
      maxItems: BATCH,
      maxInFlight: 2,
      maxKept: MAX_KEPT,
      ownerOf: ({ claims }) => claims.tenantId,
      weigh: ({ ids }) => ids.length,
      onDropped: (rows) => {
        this.#forget(rows);
        // Nobody who asks while others of its statement are still being written is told that it was
        // confirmed.
        rows.receipt = null;
        losses.dropped();
      },
    });
  }

  get kept(): number {
    return this.#waiting + this.#writer.kept;
  }

  get failing(): boolean {
    return this.#writer.failing;
  }

  /** Notes that a frame of a global message was written to the recipient. */
  sent(globalMessageId: string, claims: RecipientClaims): void {
    if (!this.#byGlobal.get(globalMessageId)?.has(claims.recipient)) this.#waitApart(globalMessageId, claims);
  }

  /** Notes that the frames of a batch were written to the recipient. */
  sentBatch(rows: Rows): void {
    if (this.#byRecipient !== null && this.kept === 0) this.#byRecipient = null;
    if (!this.#wait(rows)) {
      rows.taken = true;
      return;
    }
    if (this.#byRecipient !== null) addTo(this.#byRecipient, rows);
  }

  /** Notes a receipt of a message whose row this node made or makes. */
  confirmed(
    globalMessageId: string,
    { id, claims }: { id: string; claims: RecipientClaims },
    kind: ReceiptKind,
    at: number,
  ): void {
    const known = this.#byGlobal.get(globalMessageId)?.get(claims.recipient);
    if (known?.receipt) return;
    const rows = known === undefined || known.taken ? this.#waitApart(globalMessageId, claims) : known;
    if (rows) this.#confirm(rows, id, kind, at);
  }

  /** Notes a receipt of a batch. @param sent what `sentBatch` was given */
  confirmedBatch(sent: Rows, connectionId: string, kind: ReceiptKind, at: number): void {
    let rows = sent;
    if (sent.taken) {
      rows = rowsOf(sent.ids, sent.claims, this.deps.timers.now());
      this.sentBatch(rows);
    }
    this.#confirm(rows, connectionId, kind, at);
  }

  /**
   * Takes a batch apart: its receipts come one by one from here on.
   * @param sent what `sentBatch` was given
   */
  part(sent: Rows): void {
    if (sent.taken) return;
    const { ids, claims } = sent;
    this.#forget(sent);
    this.#waiting -= ids.length;
    sent.ids = [];
    sent.taken = true;
    for (const id of ids) this.sent(id, claims);
  }

  /** Whether a receipt came in here that is not written yet. */
  isConfirmed(globalMessageId: string, recipient: string): boolean {
    if (this.#byGlobal.get(globalMessageId)?.get(recipient)?.receipt != null) return true;
    if (this.kept === 0) return false;
    this.#byRecipient ??= this.#unwritten();
    const unwritten = this.#byRecipient.get(recipient);
    return unwritten?.some(({ receipt, ids }) => receipt !== null && ids.includes(globalMessageId)) === true;
  }

  #unwritten(): Map<string, Rows[]> {
    const byRecipient = new Map<string, Rows[]>();
    for (const rows of this.#writer.unwritten()) addTo(byRecipient, rows);
    for (const rows of this.#line.slice(this.#head)) if (!rows.taken) addTo(byRecipient, rows);
    return byRecipient;
  }

  /**
   * Makes the row of a message that could not be sent now. Resolves once it is there, so that a drain finds
   * it.
   */
  owed(globalMessageId: string, claims: RecipientClaims): Promise<void> {
    this.sent(globalMessageId, claims);
    return this.flushed();
  }

  /** Resolves once the rows of everything so far have been made. */
  flushed(): Promise<void> {
    this.#advance(true);
    return this.#writer.flushed();
  }

  #waitApart(globalMessageId: string, claims: RecipientClaims): Rows | null {
    const rows = rowsOf([globalMessageId], claims, this.deps.timers.now());
    if (!this.#wait(rows)) return null;
    let recipients = this.#byGlobal.get(globalMessageId);
    if (recipients === undefined) {
      recipients = new Map();
      this.#byGlobal.set(globalMessageId, recipients);
    }
    recipients.set(claims.recipient, rows);
    return rows;
  }

  /** False if there is no room to keep them. */
  #wait(rows: Rows): boolean {
    if (this.kept + rows.ids.length > MAX_KEPT) {
      this.deps.logger.warn({ kept: this.kept }, 'rows of globals: too many wait for the database, some were dropped');
      this.deps.losses.dropped();
      return false;
    }
    this.#line.push(rows);
    this.#waiting += rows.ids.length;
    this.#advanceLater();
    return true;
  }

  #confirm(rows: Rows, connectionId: string, kind: ReceiptKind, at: number): void {
    // Receipts of the same millisecond are one object.
    if (this.#last?.kind !== kind || this.#last.at !== at) this.#last = { kind, at };
    rows.receipt = this.#last;
    rows.connectionId = connectionId;
    if (rows.taken) return;
    this.#confirmed += rows.ids.length;
    this.#heard += rows.ids.length;
  }

  #forget(rows: Rows): void {
    const { ids, claims } = rows;
    if (this.#byRecipient !== null) removeFrom(this.#byRecipient, rows);
    const [id] = ids as [string];
    const recipients = this.#byGlobal.get(id);
    if (recipients?.get(claims.recipient) !== rows) return;
    recipients.delete(claims.recipient);
    if (recipients.size === 0) this.#byGlobal.delete(id);
  }

  #advanceLater(): void {
    this.#timer ??= this.deps.timers.after(LOOK_MS, () => {
      this.#timer = null;
      this.#advance(false);
    });
  }

  #advance(all: boolean): void {
    const now = this.deps.timers.now();
    const room = all ? Number.POSITIVE_INFINITY : this.#due(now);
    let taken = 0;
    while (taken < room && this.#head < this.#line.length) {
      const rows = this.#line[this.#head] as Rows;
      if (!all && !rows.taken && rows.receipt === null && now - rows.since < AWAIT_RECEIPT_MS) break;
      this.#head++;
      // Its rows are made apart.
      if (rows.taken) continue;
      taken += rows.ids.length;
      this.#waiting -= rows.ids.length;
      if (rows.receipt !== null) this.#confirmed -= rows.ids.length;
      rows.taken = true;
      this.#writer.take(rows);
    }
    if (taken > 0 && room === Number.POSITIVE_INFINITY) this.#gatheredAt = now;
    if (this.#head === this.#line.length || this.#head > 10_000) {
      this.#line = this.#line.slice(this.#head);
      this.#head = 0;
    }
    if (this.#line.length > 0) this.#advanceLater();
  }

  /**
   * Counts the rows that may be made now: whole statements at once; less only if no row is about to join it,
   * and not often.
   */
  #due(now: number): number {
    const quiet = this.#heard === 0 || this.#confirmed === this.#waiting;
    this.#heard = 0;
    const age = now - (this.#line[this.#head]?.since ?? now);
    if (this.deps.broadcasts.walking && age < AWAIT_FRAMES_MS) return 0;
    const whole = this.#confirmed - (this.#confirmed % BATCH);
    if (whole > 0 && !quiet) return whole;
    const mayGather = now - this.#gatheredAt >= GATHER_MS && (quiet || age >= GATHER_MS);
    return mayGather ? Number.POSITIVE_INFINITY : whole;
  }
}

function addTo(byRecipient: Map<string, Rows[]>, rows: Rows): void {
  const others = byRecipient.get(rows.claims.recipient);
  if (others) others.push(rows);
  else byRecipient.set(rows.claims.recipient, [rows]);
}

function removeFrom(byRecipient: Map<string, Rows[]>, rows: Rows): void {
  const { recipient } = rows.claims;
  const ofRecipient = byRecipient.get(recipient);
  const place = ofRecipient?.indexOf(rows) ?? -1;
  if (ofRecipient === undefined || place === -1) return;
  if (ofRecipient.length === 1) byRecipient.delete(recipient);
  else ofRecipient.splice(place, 1);
}

function deliveriesOf(batch: readonly Rows[]): GlobalDelivery[] {
  const deliveries: GlobalDelivery[] = [];
  for (const { ids, claims, receipt, connectionId } of batch) {
    const { tenantId, recipient, revocation } = claims;
    for (const globalMessageId of ids)
      deliveries.push({ tenantId, globalMessageId, recipient, revocation, receipt, connectionId });
  }
  return deliveries;
}
