/**
 * Lets up to `limit` callers through at a time. The others wait by owner: owners take turns, and the callers
 * of each are served in their order.
 */
export class FairSemaphore {
  #free: number;
  // In the order of turns: the first owner is next.
  readonly #waiting = new Map<string, Array<() => void>>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /** Resolves once the caller may go on. It has to `release` afterwards. */
  async acquire(owner: string): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      return;
    }
    await new Promise<void>((resolve) => {
      const callers = this.#waiting.get(owner);
      if (callers) callers.push(resolve);
      else this.#waiting.set(owner, [resolve]);
    });
  }

  release(): void {
    for (const [owner, callers] of this.#waiting) {
      const next = callers.shift();
      this.#waiting.delete(owner);
      if (callers.length > 0) this.#waiting.set(owner, callers);
      next?.();
      return;
    }
    this.#free++;
  }
}
