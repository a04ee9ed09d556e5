export interface MicroBatcherOptions<Item> {
  /** Items in one batch, at most. */
  maxItems: number;
  /** Batches under way at once, at most. Default 1. */
  maxInFlight?: number;
  /** Weight of an item, counted against `maxWeight`. */
  weigh?: (item: Item) => number;
  /** Weight of one batch, at most; a single item may exceed it. */
  maxWeight?: number;
  /** How long others are let come after a batch that several shared; by default the next may begin at once. */
  spacing?: BatchSpacing;
}

/** Milliseconds from the beginning of a batch that several shared to that of the next: so many for each of them, within these bounds. */
export interface BatchSpacing {
  perItemMs: number;
  leastMs: number;
  mostMs: number;
}

/**
 * For what each of many connects asks. In a storm, handshakes wait longer than this for the processor, and most of what a question costs
 * does not depend on how many share it. From 2,000 connects a second on batches grow until the bound; below they stay small.
 */
export const STORM_SPACING: BatchSpacing = { perItemMs: 0.5, leastMs: 4, mostMs: 16 };

/** How long after the beginning of a batch the next one may begin, in milliseconds. One that was alone makes nobody wait. */
export const spacingAfter = (items: number, spacing: BatchSpacing | undefined): number =>
  spacing === undefined || items < 2 ? 0 : Math.min(spacing.mostMs, Math.max(spacing.leastMs, items * spacing.perItemMs));

/**
 * Adaptive micro-batching: an item that comes when nothing is under way goes at once; what comes meanwhile is coalesced into the
 * next batch. So a single caller pays no delay and a thousand share one statement. Where a batch answers sooner than more items
 * come, `spacing` lets them come: else a storm of callers would have a statement each.
 */
export class MicroBatcher<Item, Result> {
  #waiting: Array<{ item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }> = [];
  #inFlight = 0;
  #scheduled = false;
  /** Before this moment none may begin. */
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param run gets a batch and answers with one result per item, in order */
  constructor(
    private readonly run: (items: Item[]) => Promise<readonly Result[]>,
    private readonly options: MicroBatcherOptions<Item>,
  ) {}

  get waiting(): number {
    return this.#waiting.length;
  }

  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#schedule();
    });
  }

  // One turn of the event loop gathers what arrived in the same read from the network.
  #schedule(): void {
    if (this.#scheduled || this.#inFlight >= (this.options.maxInFlight ?? 1)) return;
    this.#scheduled = true;
    const begin = () => {
      this.#scheduled = false;
      this.#flush();
    };
    const wait = this.#notBefore - performance.now();
    if (wait > 0) setTimeout(begin, wait);
    else setImmediate(begin);
  }

  #flush(): void {
    const batch = this.#take();
    if (batch.length === 0) return;
    this.#inFlight++;
    this.#notBefore = performance.now() + spacingAfter(batch.length, this.options.spacing);
    this.run(batch.map((entry) => entry.item))
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

  #take() {
    const { maxItems, weigh, maxWeight = Number.POSITIVE_INFINITY } = this.options;
    let count = 0;
    let weight = 0;
    while (count < this.#waiting.length && count < maxItems) {
      weight += weigh ? weigh((this.#waiting[count] as { item: Item }).item) : 0;
      if (count > 0 && weight > maxWeight) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }
}
