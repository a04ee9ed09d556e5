/**
 * Runs something once what has arrived was read. A turn of the event loop runs timers before it reads
 * sockets: after a long turn, or a time in which the whole process stood still, a timer comes before the
 * answer that it waits for in vain, though that has long been here.
 */
export function afterArrivals(run: () => void): void {
  setImmediate(() => setImmediate(run));
}
