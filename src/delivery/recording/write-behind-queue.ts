import { TidingsError } from '../../core/domain/errors.js';
import type { Logger } from '../../core/ports/logger.js';
import { type BatchSpacing, spacingAfter } from '../../lib/micro-batcher.js';
import { OncePerTurn } from '../../lib/once-per-turn.js';
import { Backoff } from '../../lib/time/backoff.js';
import { sleep, type Timers } from '../../lib/time/timers.js';
import { OwnedQueue } from './owned-queue.js';

interface WriteBehindQueueOptions<Item> {
  /** Names the items in the log. */
  name: string;
  /** Bounds the weight of one write; a single item may exceed it. */
  maxItems: number;
  /** Bounds the writes that are under way at once. */
  maxInFlight: number;
  /** Bounds the weight of the items kept; beyond, new ones are dropped. */
  maxKept: number;
  /** Names the owner of an item. Each write has as much of one as of another, as far as they have so much. */
  ownerOf: (item: Item) => string;
  /** Weighs an item. Default: 1. */
  weigh?: (item: Item) => number;
  /** Hears of an item that was dropped, for want of room or because the database refused it. */
  onDropped?: (item: Item) => void;
  /** Spaces a write from one that several shared, so that others may join it. Default: none. */
  spacing?: BatchSpacing;
}

const RETRY = { firstMs: 100, lastMs: 2_000 };

/**
 * Writes facts to the database later: at once when idle, coalesced while a write is under way (with
 * `spacing`, soon after one, too), kept and tried again while the database is away. An item is safe only once
 * it has been written; `flushed` tells. See docs/design/receipts.md.
 */
export class WriteBehindQueue<Item> {
  readonly #queue: OwnedQueue<Item>;
  /** The weight of the queue and of what is under way. */
  #kept = 0;
  /** The writes under way, each with its items and the smallest of their numbers. */
  readonly #inFlight = new Set<{ from: number; items: readonly Item[] }>();
  // One turn of the event loop gathers what came in with the same read.
  readonly #nextTurn = new OncePerTurn(() => this.#begin());
  /** Whether the next write waits for others to join it. */
  #spacing = false;
  /** No write may begin before this moment. */
  #notBefore = Number.NEGATIVE_INFINITY;
  #failing = false;
  #taken = 0;
  #waiters: Array<{ until: number; resolve: () => void }> = [];

  constructor(
    private readonly write: (items: Item[]) => Promise<void>,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly options: WriteBehindQueueOptions<Item>,
  ) {
    this.#queue = new OwnedQueue(options.weigh);
  }

  /** The weight of what is not written yet. */
  get kept(): number {
    return this.#kept;
  }

  /** Whether the last write failed because the database is away. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Lists what is not written yet. */
  *unwritten(): Generator<Item> {
    for (const { items } of this.#inFlight) yield* items;
    yield* this.#queue;
  }

  /** False if there is no room: the item is dropped. */
  take(item: Item): boolean {
    if (this.#kept >= this.options.maxKept) {
      this.options.onDropped?.(item);
      return false;
    }
    this.#queue.push(this.options.ownerOf(item), item, this.#taken++);
    this.#kept += this.options.weigh?.(item) ?? 1;
    this.#schedule();
    return true;
  }

  /** Resolves once everything taken so far is written. */
  flushed(): Promise<void> {
    if (this.#kept === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push({ until: this.#taken, resolve }));
  }

  #schedule(): void {
    if (this.#nextTurn.asked || this.#spacing || this.#failing) return;
    if (this.#queue.size === 0 || this.#inFlight.size >= this.options.maxInFlight) return;
    // A full write waits for nobody.
    const wait = this.#queue.size < this.options.maxItems ? this.#notBefore - this.timers.now() : 0;
    if (wait <= 0) {
      this.#nextTurn.ask();
      return;
    }
    this.#spacing = true;
    this.timers.after(wait, () => {
      this.#spacing = false;
      this.#begin();
    });
  }

  #begin(): void {
    const { items, weight, oldest: from } = this.#queue.take(this.options.maxItems);
    const batch = { from, items };
    this.#inFlight.add(batch);
    this.#notBefore = this.timers.now() + spacingAfter(items.length, this.options.spacing);
    void this.#writeAll(items).finally(() => {
      this.#inFlight.delete(batch);
      this.#kept -= weight;
      this.#tell();
      this.#schedule();
    });
    this.#schedule();
  }

  async #writeAll(items: Item[]): Promise<void> {
    let backoff: Backoff | null = null;
    for (;;) {
      try {
        await this.write(items);
        this.#failing = false;
        return;
      } catch (error) {
        if (!(error instanceof TidingsError && error.code === 'SERVICE_UNAVAILABLE')) return this.#writeApart(items, error);
        if (backoff === null) {
          this.logger.warn({ err: error, kept: this.kept }, `${this.options.name}: kept until the database takes them`);
          backoff = new Backoff(RETRY, () => this.timers.random());
        }
        this.#failing = true;
        await sleep(this.timers, backoff.next());
      }
    }
  }

  // The database is there and refuses them: find the one at fault, or it would hold up all others for ever.
  async #writeApart(items: Item[], error: unknown): Promise<void> {
    this.#failing = false;
    const [item] = items;
    if (item !== undefined && items.length === 1) {
      this.logger.error({ err: error }, `${this.options.name}: one was refused by the database and dropped`);
      this.options.onDropped?.(item);
      return;
    }
    const half = Math.ceil(items.length / 2);
    await this.#writeAll(items.slice(0, half));
    await this.#writeAll(items.slice(half));
  }

  #tell(): void {
    if (this.#waiters.length === 0) return;
    let written = Math.min(this.#taken, this.#queue.oldest);
    for (const batch of this.#inFlight) written = Math.min(written, batch.from);
    while (this.#waiters.length > 0 && (this.#waiters[0] as { until: number }).until <= written) this.#waiters.shift()?.resolve();
  }
}
