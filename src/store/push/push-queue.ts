import { performance } from 'node:perf_hooks';
import { TidingsError } from '../../core/domain/errors.js';
import { FairQueue, type QueuedSize } from '../../lib/fair-queue.js';
import { OncePerTurn } from '../../lib/once-per-turn.js';
import { afterArrivals } from '../../lib/time/after-arrivals.js';
import type { Database } from '../database/database.js';
import { databaseIsSilent } from '../database/sql-errors.js';

export interface QueuedWrite extends QueuedSize {
  readonly tenantId: string;
  /** Milliseconds by `performance.now()`. */
  readonly queuedAt: number;
  reject(error: unknown): void;
}

interface PushQueueOptions<Item> {
  /** Limits of one batch. */
  batch: QueuedSize;
  /** Batches under way at once, at most. */
  maxInFlight: number;
  /** Answers every item of the batch itself; never rejects. */
  write(batch: Item[]): Promise<void>;
}

/** Refuses calls while this much waits in one queue of a node. */
const MAX_WAITING: QueuedSize = { rows: 200_000, bytes: 128 * 1024 * 1024 };
/**
 * Refuses what has waited this long once the database is silent, in milliseconds: a
 * push must fail within 5 s.
 */
const MAX_WAIT_MS = 1_000;
/** Looks this often for calls that have waited too long, in milliseconds. */
const WATCH_INTERVAL_MS = 250;

/**
 * Writes one kind of pushes in batches. See docs/design/push-path.md.
 *
 * A batch begins at once while the queue is idle; what comes while others are under way is
 * coalesced. Tenants take turns.
 */
export class PushQueue<Item extends QueuedWrite> {
  readonly #waiting = new FairQueue<Item>();
  // Gathers what arrived in the same read from the network.
  readonly #turn = new OncePerTurn(() => this.#begin());
  #inFlight = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Pick<Database, 'silent'>,
    private readonly options: PushQueueOptions<Item>,
  ) {}

  add(item: Item): void {
    if (this.#waiting.rows + item.rows > MAX_WAITING.rows || this.#waiting.bytes + item.bytes > MAX_WAITING.bytes) {
      item.reject(new TidingsError('RATE_LIMITED', 'Too much is waiting to be written. Try again.', { retryAfter: 1 }));
      return;
    }
    this.#waiting.add(item.tenantId, item);
    this.#schedule();
    this.#watch ??= setInterval(() => afterArrivals(() => this.#dropStale()), WATCH_INTERVAL_MS).unref();
  }

  #schedule(): void {
    if (this.#waiting.size > 0 && this.#inFlight < this.options.maxInFlight) this.#turn.ask();
  }

  #begin(): void {
    const batch = this.#waiting.take(this.options.batch);
    if (batch.length > 0) {
      this.#inFlight++;
      void this.options.write(batch).finally(() => {
        this.#inFlight--;
        this.#dropStale();
        this.#schedule();
      });
    }
    if (this.#waiting.size > 0) this.#schedule();
    else this.#stopWatching();
  }

  #dropStale(): void {
    if (!this.database.silent) return;
    const before = performance.now() - MAX_WAIT_MS;
    for (const item of this.#waiting.remove((waiting) => waiting.queuedAt < before)) {
      item.reject(databaseIsSilent());
    }
    if (this.#waiting.size === 0) this.#stopWatching();
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }
}
