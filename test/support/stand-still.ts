/** Lets this process do nothing for so many milliseconds, as if it were stopped: no timer, no socket. */
export const standStill = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
