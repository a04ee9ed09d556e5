import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes that this process holds once all garbage is gone. A warm-up would hide what is held as garbage that comes again and again. */
export async function heldBytes(): Promise<number> {
  for (let last = Number.POSITIVE_INFINITY; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    collectGarbage();
    const { heapUsed, external } = process.memoryUsage();
    // Buffers are given back a while after they were found to be garbage.
    if (heapUsed + external > 0.99 * last) return heapUsed + external;
    last = heapUsed + external;
  }
}
