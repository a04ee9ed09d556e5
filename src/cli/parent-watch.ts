/** Looks this often whether the parent lives, in milliseconds. */
const LOOK_MS = 500;

/**
 * Calls the listener once the process that has started this one is gone. Returns a function that ends that.
 */
export function onParentEnd(listener: () => void): () => void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    listener();
  }, LOOK_MS);
  timer.unref();
  return () => clearInterval(timer);
}
