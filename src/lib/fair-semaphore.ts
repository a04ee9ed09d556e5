/** Waits for permits. */
interface Caller {
  weigh(): number;
  resolve(weight: number): void;
}

const one = () => 1;

/**
 * Gives out up to `limit` permits at a time. Who finds too few waits by owner: owners take turns, and the
 * callers of each are served in their order.
 */
export class FairSemaphore {
  #free: number;
  // In the order of turns: the first owner is next.
  readonly #waiting = new Map<string, Caller[]>();

  constructor(limit: number) {
    this.#free = limit;
  }

  /**
   * Resolves once the caller may go on, with how many permits it has. It has to `release` as many afterwards.
   * @param weigh returns how many it needs, at most as many as there are; asked when its turn comes. Default: one
   */
  async acquire(owner: string, weigh: () => number = one): Promise<number> {
    if (this.#waiting.size === 0) {
      const weight = weigh();
      if (this.#take(weight)) return weight;
    }
    return new Promise((resolve) => {
      const callers = this.#waiting.get(owner);
      if (callers) callers.push({ weigh, resolve });
      else this.#waiting.set(owner, [{ weigh, resolve }]);
    });
  }

  release(weight = 1): void {
    this.#free += weight;
    // The iteration reaches what is put behind the end meanwhile.
    for (const [owner, callers] of this.#waiting) {
      const next = callers[0] as Caller;
      const needed = next.weigh();
      if (!this.#take(needed)) return;
      callers.shift();
      this.#waiting.delete(owner);
      if (callers.length > 0) this.#waiting.set(owner, callers);
      next.resolve(needed);
    }
  }

  #take(weight: number): boolean {
    if (weight > this.#free) return false;
    this.#free -= weight;
    return true;
  }
}
