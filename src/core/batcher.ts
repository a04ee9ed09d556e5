export interface BatcherOptions<Item> {
  /** Items in one batch, at most. */
  maxItems: number;
  /** Batches under way at once, at most. Default 1. */
  maxInFlight?: number;
  /** Weight of an item, counted against `maxWeight`. */
  weigh?: (item: Item) => number;
  /** Weight of one batch, at most; a single item may exceed it. */
  maxWeight?: number;
  /** Milliseconds from the beginning of a batch that several shared to that of the next, at least. Default 0. */
  spaceMs?: number;
}

/** For what each of many connects asks: in a storm, handshakes wait longer than this for the processor. */
export const STORM_SPACE_MS = 4;

/**
 * Adaptive micro-batching: an item that comes when nothing is under way goes at once; what comes meanwhile is coalesced into the
 * next batch. So a single caller pays no delay and a thousand share one statement. Where a batch answers sooner than more items
 * come, `spaceMs` lets them come: else a storm of callers would have a statement each.
 */
export class Batcher<Item, Result> {
  #waiting: Array<{ item: Item; resolve: (result: Result) => void; reject: (error: unknown) => void }> = [];
  #inFlight = 0;
  #scheduled = false;
  /** Before this moment none may begin. */
  #notBefore = Number.NEGATIVE_INFINITY;

  /** @param run gets a batch and answers with one result per item, in order */
  constructor(
    private readonly run: (items: Item[]) => Promise<readonly Result[]>,
    private readonly options: BatcherOptions<Item>,
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
    if (batch.length > 1) this.#notBefore = performance.now() + (this.options.spaceMs ?? 0);
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
