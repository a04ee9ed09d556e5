/** Milliseconds since 1970. */
export type Millis = number;

/**
 * Tells the time. Two kinds exist: the node's own, for durations, and the estimate of the database's, for
 * everything that is compared with a time in the database or shown to anybody.
 */
export interface Clock {
  now(): Millis;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Counts milliseconds from the start of the process, and nobody puts it back: for ages and durations. */
export const monotonicClock: Clock = { now: () => performance.now() };
