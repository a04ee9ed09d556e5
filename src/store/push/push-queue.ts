import { performance } from 'node:perf_hooks';
import { TidingsError } from '../../core/domain/errors.js';
import { FairQueue, type QueuedSize } from '../../lib/fair-queue.js';
import type { Database } from '../database/database.js';
import { databaseIsSilent } from '../database/sql-errors.js';

export interface QueuedWrite extends QueuedSize {
  readonly tenantId: string;
  /** By `performance.now()`. */
  readonly queuedAt: number;
  reject(error: unknown): void;
}

export interface PushQueueOptions<Item> {
  /** Limits of one batch. */
  batch: QueuedSize;
  maxInFlight: number;
  /** Settles every item of the batch itself; never rejects. */
  run(batch: Item[]): Promise<void>;
}

/** What may wait in one lane of one node; beyond it callers are asked to come back. */
const MAX_WAITING: QueuedSize = { rows: 200_000, bytes: 128 * 1024 * 1024 };
/** Once the database is silent, nobody waits longer for a turn: with the statement that follows it is below 5 s. */
const MAX_WAIT_MS = 1_000;

/** Batches of one kind of writes: at once when idle, coalesced while others are under way, tenants in turns. */
export class PushQueue<Item extends QueuedWrite> {
  readonly #queue = new FairQueue<Item>();
  #inFlight = 0;
  #scheduled = false;
  #watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Pick<Database, 'silent'>,
    private readonly options: PushQueueOptions<Item>,
  ) {}

  add(item: Item): void {
    if (this.#queue.rows + item.rows > MAX_WAITING.rows || this.#queue.bytes + item.bytes > MAX_WAITING.bytes) {
      item.reject(new TidingsError('RATE_LIMITED', 'Too much is waiting to be written. Try again.', { retryAfter: 1 }));
      return;
    }
    this.#queue.add(item.tenantId, item);
    this.#schedule();
    this.#watch ??= setInterval(() => this.#dropStale(), 250).unref();
  }

  // One turn of the event loop gathers what arrived in the same read from the network.
  #schedule(): void {
    if (this.#scheduled || this.#queue.size === 0 || this.#inFlight >= this.options.maxInFlight) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#queue.take(this.options.batch);
    if (batch.length > 0) {
      this.#inFlight++;
      this.options.run(batch).finally(() => {
        this.#inFlight--;
        this.#dropStale();
        this.#schedule();
      });
    }
    if (this.#queue.size > 0) this.#schedule();
    else this.#stopWatching();
  }

  #dropStale(): void {
    if (!this.database.silent) return;
    const before = performance.now() - MAX_WAIT_MS;
    for (const item of this.#queue.remove((waiting) => waiting.queuedAt < before)) {
      item.reject(databaseIsSilent());
    }
    if (this.#queue.size === 0) this.#stopWatching();
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}
