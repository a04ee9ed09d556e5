/** Reckons with transactions that become visible at most so long after they began, in milliseconds. */
export const COMMIT_MARGIN_MS = 5_000;
