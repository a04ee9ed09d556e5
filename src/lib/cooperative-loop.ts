import { OncePerTurn } from './once-per-turn.js';

const waiting: Array<() => void> = [];
const turns = new OncePerTurn(() => {
  const next = waiting.shift();
  if (waiting.length > 0) turns.ask();
  next?.();
});

/**
 * Resolves in a turn of the event loop to come, in which nobody else goes on who waits for this. However many
 * do work of a millisecond or two between their turns, others are held up by one of them at a time.
 */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    turns.ask();
  });

/**
 * Works through a list in order, part by part, each in a turn of the event loop of its own: a call with
 * thousands of entries must not keep small ones waiting.
 *
 * @param partSize number of entries that take a millisecond or two
 * @param work gets a part and the index of its first entry; a promise that it returns is awaited
 */
export async function inTurns<Item>(
  list: readonly Item[],
  partSize: number,
  work: (part: readonly Item[], from: number) => unknown,
): Promise<void> {
  for (let from = 0; from < list.length; from += partSize) {
    if (from > 0) await nextTurn();
    await work(list.slice(from, from + partSize), from);
  }
}

/**
 * Works for a bounded time in each turn of the event loop, until nothing is left. It begins in the turn after
 * the one in which it is woken, never at once.
 */
export class CooperativeLoop {
  readonly #turns: OncePerTurn;

  /**
   * @param work works until nothing is left, and then returns true, or until `now()` has reached `until`
   * @param budgetMs milliseconds that one turn may keep the event loop
   * @param now returns milliseconds of a clock that only grows
   */
  constructor(work: (until: number) => boolean, budgetMs: number, now: () => number) {
    this.#turns = new OncePerTurn(() => {
      if (!work(now() + budgetMs)) this.#turns.ask();
    });
  }

  /** Lets the work begin, or go on, in the next turn. */
  wake(): void {
    this.#turns.ask();
  }
}
