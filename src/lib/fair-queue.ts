/** Size of something that waits. */
export interface QueuedSize {
  readonly rows: number;
  readonly bytes: number;
}

/** Waiting items by tenant; tenants take turns, each tenant's items keep their order. */
export class FairQueue<Item extends QueuedSize> {
  // In the order of turns: the first tenant is next.
  #byTenant = new Map<string, Item[]>();
  #size = 0;
  #rows = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }
  get rows(): number {
    return this.#rows;
  }
  get bytes(): number {
    return this.#bytes;
  }

  add(tenantId: string, item: Item): void {
    const items = this.#byTenant.get(tenantId);
    if (items) items.push(item);
    else this.#byTenant.set(tenantId, [item]);
    this.#count(item, 1);
  }

  /** Takes one item of each tenant in turn, up to the limits; the first one may exceed them. */
  take(limits: QueuedSize): Item[] {
    const taken: Item[] = [];
    let rows = 0;
    let bytes = 0;
    for (const [tenantId, items] of this.#byTenant) {
      const item = items[0] as Item;
      rows += item.rows;
      bytes += item.bytes;
      if (taken.length > 0 && (rows > limits.rows || bytes > limits.bytes)) break;
      items.shift();
      // To the end of the turns: a Map's iteration reaches what is added meanwhile.
      this.#byTenant.delete(tenantId);
      if (items.length > 0) this.#byTenant.set(tenantId, items);
      this.#count(item, -1);
      taken.push(item);
    }
    // A map from which an entry is deleted gets a table anew, and V8 has the former one refer to it: once one of them is old, none would die.
    if (this.#size === 0) this.#byTenant = new Map();
    return taken;
  }

  /** Takes all that `isGone` says true of, wherever they wait. */
  remove(isGone: (item: Item) => boolean): Item[] {
    const removed: Item[] = [];
    for (const [tenantId, items] of this.#byTenant) {
      const kept: Item[] = [];
      for (const item of items) (isGone(item) ? removed : kept).push(item);
      if (kept.length > 0) this.#byTenant.set(tenantId, kept);
      else this.#byTenant.delete(tenantId);
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
