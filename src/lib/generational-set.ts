/**
 * A set of ids that forgets. It has two generations, of which `rotate` forgets the older: an id stays for at
 * least one rotation and at most two. An empty one costs no memory.
 */
export class GenerationalSet {
  #young: Set<string> | null = null;
  #old: Set<string> | null = null;

  has(id: string): boolean {
    return this.#young?.has(id) === true || this.#old?.has(id) === true;
  }

  add(id: string): void {
    this.#young ??= new Set();
    this.#young.add(id);
  }

  /** Forgets what was added before the last rotation. */
  rotate(): void {
    this.#old = this.#young;
    this.#young = null;
  }
}
