/** Names everything that a tenant can be limited in. Rates come first, then what is there at one time. */
export const POLICIES = ['recipients', 'requests', 'bytes', 'liveEvents', 'connections', 'pending'] as const;

export type Policy = (typeof POLICIES)[number];

/** Policies that count what a tenant does in a second. */
export const RATE_POLICIES = ['recipients', 'requests', 'bytes', 'liveEvents'] as const;

export type RatePolicy = (typeof RATE_POLICIES)[number];

/** Amounts that one piece of work takes, by policy. */
export type Costs = Readonly<Partial<Record<RatePolicy, number>>>;

/** Holds the worth of so many seconds: what may be used at once after a pause. */
export const BUCKET_SECONDS = 10;

/** Limits that hold, by policy. Null: none. */
export type Limits = Readonly<Record<Policy, number | null>>;

/** The operator's word about one tenant. A policy that is not there has its default; null is no limit. */
export type OwnLimits = Readonly<Partial<Record<Policy, number | null>>>;

/** Change of a tenant's own limits: a number, `none` (whatever the default is), or back to the default. */
export type LimitChange = Readonly<Partial<Record<Policy, number | 'none' | 'default'>>>;

/** A limit that holds, as callers see it. */
export interface TenantLimit {
  policy: Policy;
  limit: number;
}

export const NO_LIMITS: Limits = {
  recipients: null,
  requests: null,
  bytes: null,
  liveEvents: null,
  connections: null,
  pending: null,
};

/** Returns what holds for a tenant. */
export const limitsOf = (defaults: Limits, own: OwnLimits | null): Limits => ({ ...defaults, ...own });

/** Lists the limits that hold. */
export const listLimits = (limits: Limits): TenantLimit[] =>
  POLICIES.flatMap((policy) => {
    const limit = limits[policy];
    return limit === null ? [] : [{ policy, limit }];
  });

/** Reads own limits as they were stored. Passes over policies that this version does not know. */
export function readOwnLimits(stored: unknown): OwnLimits | null {
  if (typeof stored !== 'object' || stored === null) return null;
  const given = stored as Record<string, unknown>;
  const own: Partial<Record<Policy, number | null>> = {};
  for (const policy of POLICIES) {
    const limit = given[policy];
    if (limit === null || typeof limit === 'number') own[policy] = limit;
  }
  return own;
}
