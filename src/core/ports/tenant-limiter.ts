import type { Costs, OwnLimits, RatePolicy, TenantLimit } from '../domain/tenant-limits.js';

/** A rate that holds for a tenant, with what this node knows of its bucket. */
export interface RateState {
  policy: RatePolicy;
  /** Units a second. */
  limit: number;
  /** Units that can be used at once. */
  remaining: number;
  /** Seconds until the bucket is full if nothing more is used. */
  fullInS: number;
}

/** Keeps the limits of tenants, counted over all nodes. A tenant without limits costs nothing. */
export interface TenantLimiter {
  /** Takes note of what a look-up has just said about a tenant. */
  learn(tenantId: string, own: OwnLimits | null): void;
  /** True if any limit of the tenant's holds. */
  isLimited(tenantId: string): boolean;
  /**
   * Sees to it that what is known of a tenant is at most some seconds old, for work that no look-up comes
   * before. Undefined: it is.
   */
  refresh(tenantId: string): Promise<void> | undefined;
  /**
   * Takes from the tenant's buckets: from all, or from none. Undefined: done.
   * @throws TidingsError RATE_LIMITED
   */
  charge(tenantId: string, costs: Costs): Promise<void> | undefined;
  /** Gives back what was taken for work that was not done. */
  refund(tenantId: string, costs: Costs): void;
  /**
   * Judges by the number of the tenant's pending messages, which is at most 10 s old. Undefined: there is
   * room.
   * @throws TidingsError QUOTA_EXCEEDED
   */
  requirePendingRoom(tenantId: string): Promise<void> | undefined;
  /** Lists the rates that hold. */
  rates(tenantId: string): RateState[];
  /** Lists every limit that holds. */
  limits(tenantId: string): TenantLimit[];
}

/** Limits nobody. */
export const noLimiter: TenantLimiter = {
  learn() {},
  isLimited: () => false,
  refresh: () => undefined,
  charge: () => undefined,
  refund() {},
  requirePendingRoom: () => undefined,
  rates: () => [],
  limits: () => [],
};
