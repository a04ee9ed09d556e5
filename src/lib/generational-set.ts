/**
 * Ids that were confirmed on a connection or recalled a short while ago. Two generations: `turn` forgets the older, so an id stays
 * for at least one turn. Costs nothing while it is empty.
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

  rotate(): void {
    this.#old = this.#young;
    this.#young = null;
  }
}
