import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Buffers are given back a while after they were found to be garbage: only so many looks in a row that found nothing less will do. */
const LOOKS = 5;
const EVERY_MS = 100;

/** Bytes that this process holds once all garbage is gone. A warm-up would hide what is held as garbage that comes again and again. */
export async function heldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let looks = 0; looks < LOOKS; looks++) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    if (heapUsed + external < 0.999 * least) looks = 0;
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

/** Bytes that this process holds more than before: looked at again, a few times, while they are not below `hoped`. */
export async function heldSince(before: number, hoped: number): Promise<number> {
  let held = (await heldBytes()) - before;
  for (let again = 0; held >= hoped && again < 5; again++) held = (await heldBytes()) - before;
  return held;
}
