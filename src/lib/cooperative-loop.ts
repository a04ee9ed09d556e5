import { setImmediate as nextTurn } from 'node:timers/promises';

/**
 * Works through a list in order, part by part, each in a turn of the event loop of its own: a call with thousands of entries must not keep
 * small ones waiting.
 *
 * @param partSize so many as take a millisecond or two
 * @param work is waited for, if it answers a promise
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
