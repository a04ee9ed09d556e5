/** Size of what waits: the rows that it will write, and their bytes. */
export interface QueuedSize {
  readonly rows: number;
  readonly bytes: number;
}

/** What waits of one owner. */
class OwnersItems<Item> implements QueuedSize {
  items: Item[] = [];
  rows = 0;
  bytes = 0;
}

const NOTHING: QueuedSize = { rows: 0, bytes: 0 };
const nobody = (): boolean => false;

/** Queues items by owner. Owners take turns; the items of each keep their order. */
export class FairQueue<Item extends QueuedSize> {
  // In the order of turns: the first owner is next.
  #byOwner = new Map<string, OwnersItems<Item>>();
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
    let owned = this.#byOwner.get(owner);
    if (!owned) {
      owned = new OwnersItems();
      this.#byOwner.set(owner, owned);
    }
    owned.items.push(item);
    this.#count(owned, item, 1);
  }

  /** Returns the size of what waits of one owner. */
  sizeOf(owner: string): QueuedSize {
    return this.#byOwner.get(owner) ?? NOTHING;
  }

  /**
   * Takes one item of each owner in turn, up to the limits; the first one may exceed them.
   *
   * @param isBarred tells owners that are passed over for now
   */
  take(limits: QueuedSize, isBarred: (owner: string) => boolean = nobody): Item[] {
    const taken: Item[] = [];
    let rows = 0;
    let bytes = 0;
    for (const [owner, owned] of this.#byOwner) {
      if (isBarred(owner)) continue;
      const { items } = owned;
      const item = items[0] as Item;
      rows += item.rows;
      bytes += item.bytes;
      if (taken.length > 0 && (rows > limits.rows || bytes > limits.bytes)) break;
      items.shift();
      // To the end of the turns: a Map's iteration reaches what is added meanwhile.
      this.#byOwner.delete(owner);
      if (items.length > 0) this.#byOwner.set(owner, owned);
      this.#count(owned, item, -1);
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
    for (const [owner, owned] of this.#byOwner) {
      const { items } = owned;
      owned.items = [];
      for (const item of items) {
        if (isGone(item)) {
          removed.push(item);
          this.#count(owned, item, -1);
        } else owned.items.push(item);
      }
      if (owned.items.length === 0) this.#byOwner.delete(owner);
    }
    return removed;
  }

  #count(owned: OwnersItems<Item>, item: Item, sign: 1 | -1): void {
    owned.rows += sign * item.rows;
    owned.bytes += sign * item.bytes;
    this.#size += sign;
    this.#rows += sign * item.rows;
    this.#bytes += sign * item.bytes;
  }
}
