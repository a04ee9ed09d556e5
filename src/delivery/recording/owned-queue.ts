interface Lane<Item> {
  readonly owner: string;
  items: Item[];
  /** The number of each item. */
  numbers: number[];
}

interface Batch<Item> {
  items: Item[];
  weight: number;
  /** The smallest number of an item; infinity if there is none. */
  oldest: number;
}

/** Keeps the lanes of at most this many owners that have nothing: making them anew costs garbage. */
const MAX_LANES = 1_000;

/** Queues items by owner. Each batch has as much of one owner as of another, as far as they have so much. */
export class OwnedQueue<Item> {
  #lanes = new Map<string, Lane<Item>>();
  /** Lanes with items, in the order of turns. */
  #active: Lane<Item>[] = [];
  #latest: Lane<Item> = { owner: '', items: [], numbers: [] };
  #size = 0;

  constructor(private readonly weigh: ((item: Item) => number) | undefined) {}

  /** Number of items. */
  get size(): number {
    return this.#size;
  }

  *[Symbol.iterator](): Generator<Item> {
    for (const { items } of this.#active) yield* items;
  }

  /** @param number greater than that of every item before */
  push(owner: string, item: Item, number: number): void {
    // Most items are of the owner of the one before.
    if (this.#latest.owner !== owner) this.#latest = this.#laneOf(owner);
    const lane = this.#latest;
    if (lane.items.length === 0) this.#active.push(lane);
    lane.items.push(item);
    lane.numbers.push(number);
    this.#size++;
  }

  /** Returns the smallest number of an item; infinity if there is none. */
  get oldest(): number {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { numbers } of this.#active) oldest = Math.min(oldest, numbers[0] as number);
    return oldest;
  }

  /** Takes items, of each owner the oldest first, up to a weight; a single one may exceed it. */
  take(mostWeight: number): Batch<Item> {
    const batch: Batch<Item> = { items: [], weight: 0, oldest: Number.POSITIVE_INFINITY };
    for (let wasFull = false; !wasFull && this.#size > 0 && batch.weight < mostWeight; ) {
      const round = this.#active;
      const share = Math.max(1, Math.floor((mostWeight - batch.weight) / round.length));
      this.#active = [];
      for (const [i, lane] of round.entries()) {
        const found = this.#takeOf(lane, batch, Math.min(mostWeight, batch.weight + share), mostWeight);
        if (lane.items.length > 0) this.#active.push(lane);
        if (found && batch.weight < mostWeight) continue;
        // Those that had no turn come first in the next batch.
        this.#active.unshift(...round.slice(i + 1));
        wasFull = true;
        break;
      }
    }
    return batch;
  }

  /**
   * Takes items of one owner until the batch weighs so much.
   * @returns false if the next one has no room in it
   */
  #takeOf(lane: Lane<Item>, batch: Batch<Item>, upTo: number, mostWeight: number): boolean {
    let count = 0;
    let hasRoom = true;
    while (count < lane.items.length && batch.weight < upTo) {
      const weight = this.weigh?.(lane.items[count] as Item) ?? 1;
      hasRoom = batch.items.length + count === 0 || batch.weight + weight <= mostWeight;
      if (!hasRoom) break;
      batch.weight += weight;
      count++;
    }
    if (count === 0) return hasRoom;
    batch.oldest = Math.min(batch.oldest, lane.numbers[0] as number);
    this.#size -= count;
    if (count === lane.items.length) {
      for (const item of lane.items) batch.items.push(item);
      lane.items = [];
      lane.numbers = [];
    } else {
      for (const item of lane.items.splice(0, count)) batch.items.push(item);
      lane.numbers.splice(0, count);
    }
    return hasRoom;
  }

  #laneOf(owner: string): Lane<Item> {
    const known = this.#lanes.get(owner);
    if (known !== undefined) return known;
    if (this.#lanes.size >= MAX_LANES) this.#lanes = new Map(this.#active.map((lane) => [lane.owner, lane]));
    const lane = { owner, items: [], numbers: [] };
    this.#lanes.set(owner, lane);
    return lane;
  }
}
