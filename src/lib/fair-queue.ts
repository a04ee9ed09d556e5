/** Size of what waits: the rows that it will write, and their bytes. */
export interface QueuedSize {
  readonly rows: number;
  readonly bytes: number;
}

/** Queues items by owner. Owners take turns; the items of each keep their order. */
export class FairQueue<Item extends QueuedSize> {
  // In the order of turns: the first owner is next.
  #byOwner = new Map<string, Item[]>();
  #size = 0;
  #rows = 0;
  #bytes = 0;

  /** Number of items. */
  get size(): number {
    return this.#size;
  }
  get rows(): number {
    return this.#rows;
  }
  get bytes(): number {
    return this.#bytes;
  }

  add(owner: string, item: Item): void {
    const items = this.#byOwner.get(owner);
    if (items) items.push(item);
    else this.#byOwner.set(owner, [item]);
    this.#count(item, 1);
  }

  /** Takes one item of each owner in turn, up to the limits; the first one may exceed them. */
  take(limits: QueuedSize): Item[] {
    const taken: Item[] = [];
    let rows = 0;
    let bytes = 0;
    for (const [owner, items] of this.#byOwner) {
      const item = items[0] as Item;
      rows += item.rows;
      bytes += item.bytes;
      if (taken.length > 0 && (rows > limits.rows || bytes > limits.bytes)) break;
      items.shift();
      // To the end of the turns: a Map's iteration reaches what is added meanwhile.
      this.#byOwner.delete(owner);
      if (items.length > 0) this.#byOwner.set(owner, items);
      this.#count(item, -1);
      taken.push(item);
    }
    // A map from which an entry is deleted gets a table anew, and V8 has the former one refer to it: once one
    // of them is old, none would die. It cost 160 bytes per push.
    if (this.#size === 0) this.#byOwner = new Map();
    return taken;
  }

  /** Takes all items that `isGone` says true of, wherever they wait. */
  remove(isGone: (item: Item) => boolean): Item[] {
    const removed: Item[] = [];
    for (const [owner, items] of this.#byOwner) {
      const kept: Item[] = [];
      for (const item of items) (isGone(item) ? removed : kept).push(item);
      if (kept.length > 0) this.#byOwner.set(owner, kept);
      else this.#byOwner.delete(owner);
    }
    for (const item of removed) this.#count(item, -1);
    return removed;
  }

  #count(item: Item, sign: 1 | -1): void {
    this.#size += sign;
    this.#rows += sign * item.rows;
    this.#bytes += sign * item.bytes;
  }
}
