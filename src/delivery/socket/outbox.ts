/** Tells how many bytes an item of an outbox has. */
export interface ItemSizes<T> {
  bytesOf(item: T): number;
}

/**
 * Gathers what is to be written to a socket in one go, and counts its bytes. Holds no list while it is empty:
 * an empty array would grow old with the connection, and what is put into an old object grows old, too. See
 * docs/design/memory.md.
 */
export class Outbox<T> {
  #items: T[] | null = null;
  #bytes = 0;

  get isEmpty(): boolean {
    return this.#items === null;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(item: T, bytes: number): void {
    if (this.#items === null) this.#items = [item];
    else this.#items.push(item);
    this.#bytes += bytes;
  }

  /** Empties it. Returns what was in it, or null. */
  take(): T[] | null {
    const items = this.#items;
    this.#items = null;
    this.#bytes = 0;
    return items;
  }

  /**
   * Takes what came first, no more than so many bytes, but one item at least. Null if it is empty.
   * @param sizes tells the bytes with which an item was added
   */
  takeSome(mostBytes: number, sizes: ItemSizes<T>): T[] | null {
    const items = this.#items;
    if (items === null || this.#bytes <= mostBytes) return this.take();
    let count = 1;
    let bytes = sizes.bytesOf(items[0] as T);
    for (; count < items.length; count++) {
      const next = sizes.bytesOf(items[count] as T);
      if (bytes + next > mostBytes) break;
      bytes += next;
    }
    if (count === items.length) return this.take();
    this.#bytes -= bytes;
    return items.splice(0, count);
  }
}
