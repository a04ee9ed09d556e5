/**
 * Lets this long pass after a deadline, in milliseconds. A page that stood still, because the laptop slept or
 * a debugger held it, reads what has arrived before it judges anybody.
 */
const LAST_LOOK_MS = 100;

/** Calls `late` after this time, unless the returned function is called before. */
export function deadline(ms: number, late: () => void): () => void {
  let timer = setTimeout(() => {
    timer = setTimeout(late, LAST_LOOK_MS);
  }, ms);
  return () => clearTimeout(timer);
}

/**
 * Picks a random part of a time that doubles with each failure ("full jitter"), so that pages that lost the
 * same node do not come back in the same moment.
 */
export const retryDelay = (failures: number, [first, most]: readonly [number, number]): number =>
  Math.random() * Math.min(most, first * 2 ** Math.min(failures, 20));
