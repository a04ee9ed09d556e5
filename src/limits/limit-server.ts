import type { Costs, RatePolicy } from '../core/domain/tenant-limits.js';

/** A bucket as a node tells of it. */
export interface ToldBucket {
  policy: RatePolicy;
  /** Tokens a second; the bucket holds the worth of BUCKET_SECONDS. */
  rate: number;
  /** Level where the server knows of none. */
  supposed: number;
  /** Taken already. */
  taken: number;
}

export interface Judgement {
  /** Levels of the buckets afterwards, in the order in which they were told. */
  levels: number[];
  /** Answers each call: null if it was taken, else what refused it, and the milliseconds until it can be. */
  refusals: Array<{ policy: RatePolicy; waitMs: number } | null>;
}

/** Keeps the buckets of all tenants for all nodes. */
export interface LimitServer {
  /** False while it cannot be asked. */
  readonly usable: boolean;
  /**
   * Counts the nodes that have been seen in the last minute, and those of them that serve the API; at least
   * 1.
   */
  readonly nodes: number;
  readonly apiNodes: number;
  /**
   * Takes what was taken already, then judges calls in order: a call is taken whole, or not at all.
   * @throws if it gave no answer in time; what was told may have been taken
   */
  exchange(tenantId: string, buckets: readonly ToldBucket[], calls: readonly Costs[]): Promise<Judgement>;
}
