import { OncePerTurn } from './once-per-turn.js';

/** Lets work of some milliseconds run in turns of the event loop, one piece in each; owners take turns. */
export class FairTurns {
  // In the order of turns: the first owner is next.
  readonly #waiting = new Map<string, Array<() => void>>();
  readonly #turns = new OncePerTurn(() => this.#runNext());

  /** Runs the work in a turn to come, after what the owner has asked for before. It must not throw. */
  ask(owner: string, work: () => void): void {
    const works = this.#waiting.get(owner);
    if (works) works.push(work);
    else this.#waiting.set(owner, [work]);
    this.#turns.ask();
  }

  /** Resolves in a turn to come, in which nothing else that asked runs. */
  next(owner: string): Promise<void> {
    return new Promise((resolve) => this.ask(owner, resolve));
  }

  #runNext(): void {
    for (const [owner, works] of this.#waiting) {
      const work = works.shift();
      this.#waiting.delete(owner);
      if (works.length > 0) this.#waiting.set(owner, works);
      if (this.#waiting.size > 0) this.#turns.ask();
      work?.();
      return;
    }
  }
}
