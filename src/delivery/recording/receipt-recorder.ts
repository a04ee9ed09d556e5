import type { Logger } from '../../core/ports/logger.js';
import type { DeliveryStore, Receipt } from '../../core/ports/stores/delivery-store.js';
import { GenerationalSet } from '../../lib/generational-set.js';
import type { BatchSpacing } from '../../lib/micro-batcher.js';
import type { Timers } from '../../lib/time/timers.js';
import { WriteBehindQueue } from './write-behind-queue.js';

/** Receipts kept while the database is away or slow, at most. One that is dropped means that its message is sent again later. */
const MAX_KEPT = 500_000;
/** From so many on nothing is sent that would bring more of them: it waits in the database instead. */
const CROWDED = MAX_KEPT / 2;
/**
 * Nobody waits for a receipt to be written, but pushes wait for the processor that its statement takes, most of which does not depend on
 * how many share it. From 1,300 receipts a second on statements grow until the bound; below they stay small and come soon.
 */
const SPACING: BatchSpacing = { perItemMs: 0.75, leastMs: 0, mostMs: 4 };
/** How long a receipt that was written is remembered at least, for a page of pending messages that was read before. */
const REMEMBER_MS = 2_000;

export interface ReceiptRecorderDeps {
  store: Pick<DeliveryStore, 'settle'>;
  timers: Timers;
  logger: Logger;
  /** Hears that a receipt was dropped: its message is still pending, and nobody's. */
  losses: { dropped(): void };
}

/** Receipts on their way to the database. */
export class ReceiptRecorder {
  readonly #writer: WriteBehindQueue<Receipt>;
  readonly #waiting = new Set<string>();
  readonly #written = new GenerationalSet();
  #turnedAt: number;
  readonly #timers: Timers;

  constructor({ store, timers, logger, losses }: ReceiptRecorderDeps) {
    this.#timers = timers;
    this.#turnedAt = timers.now();
    const write = async (receipts: Receipt[]) => {
      await store.settle(receipts);
      this.#forget();
      for (const receipt of receipts) {
        this.#waiting.delete(receipt.rowId);
        this.#written.add(receipt.rowId);
      }
    };
    this.#writer = new WriteBehindQueue(write, timers, logger, {
      name: 'receipts',
      maxItems: 2_000,
      maxInFlight: 2,
      maxKept: MAX_KEPT,
      onDropped: ({ rowId }) => {
        this.#waiting.delete(rowId);
        losses.dropped();
      },
      spacing: SPACING,
    });
  }

  get kept(): number {
    return this.#writer.kept;
  }

  /** The database does not keep up with what clients confirm. */
  get crowded(): boolean {
    return this.kept >= CROWDED;
  }

  get failing(): boolean {
    return this.#writer.failing;
  }

  add(receipt: Receipt): void {
    // The first of several connections counts; the others' would only be more rows in the statement.
    if (this.#waiting.has(receipt.rowId)) return;
    if (this.#writer.take(receipt)) this.#waiting.add(receipt.rowId);
  }

  /** A receipt of this row came in here, so it is pending no more, whatever a page that was read meanwhile says. */
  has(rowId: string): boolean {
    return this.#waiting.has(rowId) || this.#written.has(rowId);
  }

  flushed(): Promise<void> {
    return this.#writer.flushed();
  }

  #forget(): void {
    const now = this.#timers.now();
    if (now - this.#turnedAt < REMEMBER_MS) return;
    this.#turnedAt = now;
    this.#written.rotate();
  }
}
