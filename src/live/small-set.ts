/** Items that are few in most cases: one stands for itself, so that a hundred thousand sets of one cost little. */
export class SmallSet<T extends object> {
  #items: T | Set<T> | null = null;

  get size(): number {
    if (this.#items === null) return 0;
    return this.#items instanceof Set ? this.#items.size : 1;
  }

  add(item: T): void {
    if (this.#items === null) this.#items = item;
    else if (this.#items instanceof Set) this.#items.add(item);
    else if (this.#items !== item) this.#items = new Set([this.#items, item]);
  }

  /** True if it was there. */
  delete(item: T): boolean {
    if (this.#items instanceof Set) return this.#items.delete(item);
    if (this.#items !== item) return false;
    this.#items = null;
    return true;
  }

  each(visit: (item: T) => void): void {
    if (this.#items instanceof Set) for (const item of this.#items) visit(item);
    else if (this.#items !== null) visit(this.#items);
  }
}
