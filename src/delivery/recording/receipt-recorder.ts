import type { Logger } from '../../core/ports/logger.js';
import type { DeliveryStore, Receipt } from '../../core/ports/stores/delivery-store.js';
import { GenerationalSet } from '../../lib/generational-set.js';
import type { BatchSpacing } from '../../lib/micro-batcher.js';
import type { Timers } from '../../lib/time/timers.js';
import { WriteBehindQueue } from './write-behind-queue.js';

/**
 * Keeps at most so many receipts while the database is away or slow. The message of a dropped one is sent
 * again later.
 */
const MAX_KEPT = 500_000;
/**
 * Has connections send nothing that would bring more receipts from so many on: it waits in the database
 * instead.
 */
const CROWDED = MAX_KEPT / 2;
/**
 * Spaces statements, since pushes wait for the processor that one takes, whatever the number of its receipts.
 * From 1,300 receipts a second on statements grow until the bound; below they stay small and come soon.
 */
const SPACING: BatchSpacing = { perItemMs: 0.75, leastMs: 0, mostMs: 4 };
/**
 * Remembers a written receipt for at least so long, in milliseconds, for a page of pending messages that was
 * read before.
 */
const REMEMBER_MS = 2_000;

interface ReceiptRecorderDeps {
  store: Pick<DeliveryStore, 'settle'>;
  timers: Timers;
  logger: Logger;
  /** Hears that a receipt was dropped: its message is still pending, and nobody's. */
  losses: { dropped(): void };
}

/** Takes receipts to the database, in batches. See docs/design/receipts.md. */
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
      ownerOf: ({ tenantId }) => tenantId,
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

  /** Whether the database does not keep up with what clients confirm. */
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

  /**
   * Whether a receipt of this row came in here: it is not pending, whatever a page that was read meanwhile
   * says.
   */
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
