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
}
