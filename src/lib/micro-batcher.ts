import { OncePerTurn } from './once-per-turn.js';
import { systemTimers, type Timers } from './time/timers.js';

export interface MicroBatcherOptions<Item> {
  /** Puts at most this many items into one batch. */
  maxItems: number;
  /** Lets at most this many batches be under way at once. Default 1. */
  maxInFlight?: number;
  /** Weighs an item, to be counted against `maxWeight`. */
  weigh?: (item: Item) => number;
  /** Bounds the weight of one batch; a single item may exceed it. */
  maxWeight?: number;
  /** Keeps batches apart, so that more items share each; by default the next may begin at once. */
  spacing?: BatchSpacing;
}

/**
 * Milliseconds from the beginning of a batch that several items shared to that of the next: `perItemMs` for
 * each item, within the bounds.
 */
export interface BatchSpacing {
  perItemMs: number;
  leastMs: number;
  mostMs: number;
}

/**
 * Suits questions that each of many connects asks. In a storm, handshakes wait longer than this for the
 * processor, and most of what a question costs does not depend on how many share it. From 2,000 connects a
 * second on batches grow until the bound; below they stay small.
 */
export const STORM_SPACING: BatchSpacing = { perItemMs: 0.5, leastMs: 4, mostMs: 16 };

/**
 * Returns the milliseconds from the beginning of a batch to that of the next. An item that was alone makes
 * nobody wait.
 */
export const spacingAfter = (items: number, spacing: BatchSpacing | undefined): number =>
  spacing === undefined || items < 2 ? 0 : Math.min(spacing.mostMs, Math.max(spacing.leastMs, items * spacing.perItemMs));

interface WaitingItem<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/**
 * Batches items adaptively: one that comes when nothing is under way goes at once; what comes meanwhile is
 * coalesced into the next batch. So a single caller pays no delay and a thousand share one statement. Where a
 * batch answers sooner than more items come, `spacing` lets them come: else a storm of callers would have a
 * statement each.
 */
export class MicroBatcher<Item, Result> {
  // One turn of the event loop gathers what arrived in the same read from the network.
  readonly #nextTurn = new OncePerTurn(() => this.#flush());
  #waiting: Array<WaitingItem<Item, Result>> = [];
  #inFlight = 0;
  /** A timer lets the next batch begin later. */
  #spacing = false;
  /** Before this moment no batch may begin. */
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param run gets a batch and answers with one result per item, in order */
  constructor(
    private readonly run: (items: Item[]) => Promise<readonly Result[]>,
    private readonly options: MicroBatcherOptions<Item>,
    private readonly timers: Pick<Timers, 'now' | 'after'> = systemTimers,
  ) {}

  /** Number of items that are in no batch yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves with the item's result; rejects if its batch failed. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#nextTurn.asked || this.#spacing || this.#inFlight >= (this.options.maxInFlight ?? 1)) return;
    const wait = this.#notBefore - this.timers.now();
    if (wait <= 0) {
      this.#nextTurn.ask();
      return;
    }
    this.#spacing = true;
    this.timers.after(wait, () => {
      this.#spacing = false;
      this.#flush();
    });
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#inFlight++;
    this.#notBefore = this.timers.now() + spacingAfter(batch.length, this.options.spacing);
    void this.run(batch.map((entry) => entry.item))
      .then(
        (results) => {
          for (const [i, entry] of batch.entries()) entry.resolve(results[i] as Result);
        },
        (error) => {
          for (const entry of batch) entry.reject(error);
        },
      )
      .finally(() => {
        this.#inFlight--;
        if (this.#waiting.length > 0) this.#schedule();
      });
    if (this.#waiting.length > 0) this.#schedule();
  }

  #take(): Array<WaitingItem<Item, Result>> {
    const { maxItems, weigh, maxWeight = Number.POSITIVE_INFINITY } = this.options;
    let count = 0;
    let weight = 0;
    while (count < this.#waiting.length && count < maxItems) {
      weight += weigh ? weigh((this.#waiting[count] as WaitingItem<Item, Result>).item) : 0;
      if (count > 0 && weight > maxWeight) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
