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
  /** Batches with calls of one tenant under way at once, at most. */
  maxOfTenant?: number;
  /** Answers every item of the batch itself; never rejects. */
  write(batch: Item[]): Promise<void>;
}

/** Refuses calls while this much waits in one queue of a node. */
const MAX_WAITING: QueuedSize = { rows: 400_000, bytes: 256 * 1024 * 1024 };
/** Refuses a tenant's calls while this much of them waits: the rest of the queue is for others. */
const MAX_WAITING_OF_TENANT: QueuedSize = { rows: 100_000, bytes: 64 * 1024 * 1024 };
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
  /** Batches under way by tenant, where they are bounded. */
  readonly #ofTenant = new Map<string, number>();
  #watch: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: Pick<Database, 'silent'>,
    private readonly options: PushQueueOptions<Item>,
  ) {}

  add(item: Item): void {
    const ofTenant = this.#waiting.sizeOf(item.tenantId);
    if (isBeyond(this.#waiting, item, MAX_WAITING) || isBeyond(ofTenant, item, MAX_WAITING_OF_TENANT)) {
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
    const batch = this.#waiting.take(this.options.batch, this.#isBarred);
    if (batch.length > 0) {
      this.#count(batch, 1);
      void this.options.write(batch).finally(() => {
        this.#count(batch, -1);
        this.#dropStale();
        this.#schedule();
      });
      this.#schedule();
    }
    if (this.#waiting.size === 0) this.#stopWatching();
  }

  readonly #isBarred = (tenantId: string): boolean => {
    const { maxOfTenant } = this.options;
    return maxOfTenant !== undefined && (this.#ofTenant.get(tenantId) ?? 0) >= maxOfTenant;
  };

  #count(batch: readonly Item[], sign: 1 | -1): void {
    this.#inFlight += sign;
    if (this.options.maxOfTenant === undefined) return;
    for (const tenantId of new Set(batch.map((item) => item.tenantId))) {
      const count = (this.#ofTenant.get(tenantId) ?? 0) + sign;
      if (count === 0) this.#ofTenant.delete(tenantId);
      else this.#ofTenant.set(tenantId, count);
    }
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

const isBeyond = (waiting: QueuedSize, item: QueuedSize, most: QueuedSize): boolean =>
  waiting.rows + item.rows > most.rows || waiting.bytes + item.bytes > most.bytes;
