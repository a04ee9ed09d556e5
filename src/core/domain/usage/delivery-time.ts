/**
 * Divides times from acceptance to receipt into buckets, so that nodes and hours can be added up.
 *
 * Bucket n holds milliseconds above 2^((n-1)/8), up to 2^(n/8): each is 9 % wider than the one before, as in
 * Prometheus' native histograms of schema 3. Bucket 0 holds everything up to a millisecond.
 */
const PER_DOUBLING = 8;

/** The last bucket ends after 2^32 ms, which is 49 days; it also holds whatever took longer. */
export const BUCKETS = 32 * PER_DOUBLING + 1;

export function bucketOf(ms: number): number {
  if (!(ms > 1)) return 0;
  return Math.min(Math.ceil(Math.log2(ms) * PER_DOUBLING), BUCKETS - 1);
}

/** Counts times by bucket. Buckets are in ascending order, and none is empty. */
export interface DeliveryTimes {
  readonly buckets: readonly number[];
  readonly counts: readonly number[];
}

/**
 * Returns the quantile of times in seconds, at most 4.5 % off: the middle of its bucket. Null if there are
 * none.
 *
 * @param q between 0 and 1
 */
export function quantileSeconds({ buckets, counts }: DeliveryTimes, q: number): number | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = Math.max(1, Math.ceil(total * q));
  for (const [i, count] of counts.entries()) {
    left -= count;
    if (left <= 0) return middleSeconds(buckets[i] as number);
  }
  return middleSeconds(buckets.at(-1) as number);
}

/** The geometric middle, in seconds with three significant digits. */
const middleSeconds = (bucket: number): number => Number((2 ** (Math.max(0, bucket - 0.5) / PER_DOUBLING) / 1000).toPrecision(3));
