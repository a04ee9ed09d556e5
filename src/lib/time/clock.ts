/** Milliseconds since 1970. */
export type Millis = number;

/**
 * Time as an input. Two kinds exist: the node's own clock, for durations, and the estimate of the database's clock, for everything
 * that is compared with a time in the database or shown to anybody.
 */
export interface Clock {
  now(): Millis;
}

export const systemClock: Clock = { now: () => Date.now() };

/** For ages and durations: counts from the start of the process, and nobody puts it back. */
export const monotonicClock: Clock = { now: () => performance.now() };
