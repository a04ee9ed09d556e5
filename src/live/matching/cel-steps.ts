/**
 * Bounds the steps of one evaluation, some 5 ms on a slow core. A step is about one operation on a scalar.
 */
const MAX_STEPS = 20_000;
/** Charges an error: the library makes an object with a stack trace of it. */
export const ERROR_STEPS = 100;

/** Thrown and kept as one object: a failed evaluation must cost no stack trace. */
const EXHAUSTED = new Error('too many steps');

// Evaluations never overlap, since they wait for nothing: the state of the one that runs is the module's.
let granted = 0;
let left = 0;
/** Holds the loops whose latest turn has not come to its end: an error that follows is one of theirs. */
const unfinished = new Set<bigint>();

/** Begins an evaluation, which may take so many steps at most; at most 20,000 in any case. */
export function startSteps(most: number): void {
  granted = Math.min(most, MAX_STEPS);
  left = granted;
  unfinished.clear();
}

/** Counts the steps that the evaluation has taken. */
export const stepsTaken = (): number => granted - left;

/** Returns true if the evaluation was given fewer steps than one may take by itself. */
export const isCutShort = (): boolean => left < 0 && granted < MAX_STEPS;

/** Returns false once the evaluation has taken more steps than it may. */
export const hasSteps = (): boolean => left >= 0;

export function spend(steps: number): void {
  left -= steps;
  if (left < 0) throw EXHAUSTED;
}

/** Spends one step per value and per 64 characters. */
export function spendSize(value: unknown): void {
  spend(1);
  if (typeof value === 'string' || value instanceof Uint8Array) {
    spend(value.length >> 6);
  } else if (Array.isArray(value)) {
    for (const item of value) spendSize(item);
  } else if (value instanceof Map) {
    for (const entry of value) spendSize(entry);
  } else if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    for (const entry of Object.entries(value)) spendSize(entry);
  }
}

/** Spends the steps of one turn of a loop that goes on after errors. Returns false if the loop is to stop. */
export function beginTurn(loop: bigint, steps: number): boolean {
  left -= steps + (unfinished.has(loop) ? ERROR_STEPS : 0);
  unfinished.add(loop);
  return hasSteps();
}

export function endTurn(loop: bigint): void {
  unfinished.delete(loop);
}
