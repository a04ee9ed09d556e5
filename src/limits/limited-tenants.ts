import { LRUCache } from 'lru-cache';
import {
  type Costs,
  type Limits,
  limitsOf,
  listLimits,
  type OwnLimits,
  POLICIES,
  RATE_POLICIES,
  type TenantLimit,
} from '../core/domain/tenant-limits.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { LimitStore } from '../core/ports/stores/limit-store.js';
import type { RateState, TenantLimiter } from '../core/ports/tenant-limiter.js';
import type { Timers } from '../lib/time/timers.js';
import type { LimitServer } from './limit-server.js';
import { PendingCounts } from './pending-counts.js';
import { TenantBuckets } from './tenant-buckets.js';

/** Asks again at the next use from this age on, in milliseconds, without keeping it waiting. */
const REFRESH_AGE_MS = 2_000;
/** Trusts nothing that is older than this, in milliseconds: a change holds within 5 s everywhere. */
const MAX_AGE_MS = 4_000;
/** Forgets a tenant that was not looked up for this long, in milliseconds. Its buckets are full by then. */
const FORGET_MS = 600_000;
/** Looks for those at most this often, in milliseconds. */
const TIDY_MS = 60_000;
/** Remembers of this many tenants when they were looked up for work that no look-up comes before. */
const REMEMBERED = 10_000;

interface Limited {
  own: OwnLimits | null;
  limits: Limits;
  buckets: TenantBuckets;
  learnedAt: number;
}

interface LimitedTenantsDeps {
  /** Limits of every tenant that has none of its own. */
  defaults: Limits;
  store: LimitStore;
  /** Null without Redis: this process is the only one. */
  server: LimitServer | null;
  timers: Timers;
  metrics: Metrics;
}

const hasLimit = (limits: Limits) => POLICIES.some((policy) => limits[policy] !== null);

const isSame = (a: Limits, b: Limits) => POLICIES.every((policy) => a[policy] === b[policy]);

/** Keeps what is known of tenants that have limits, and judges by it. */
export class LimitedTenants implements TenantLimiter {
  readonly #limited = new Map<string, Limited>();
  readonly #refreshed = new LRUCache<string, number>({ max: REMEMBERED });
  readonly #lookups = new Map<string, Promise<void>>();
  readonly #pending: PendingCounts;
  readonly #limitAll: boolean;
  #tidiedAt = 0;

  constructor(private readonly deps: LimitedTenantsDeps) {
    const { store, timers, metrics } = deps;
    this.#pending = new PendingCounts({ store, timers, onRefused: () => metrics.limitRefusals.pending.inc() });
    this.#limitAll = hasLimit(deps.defaults);
  }

  learn(tenantId: string, own: OwnLimits | null): void {
    if (own === null && !this.#limitAll) {
      if (this.#limited.size > 0) this.#limited.delete(tenantId);
      return;
    }
    const now = this.deps.timers.now();
    this.#tidy(now);
    const limits = limitsOf(this.deps.defaults, own);
    if (!hasLimit(limits)) {
      this.#limited.delete(tenantId);
      return;
    }
    const known = this.#limited.get(tenantId) ?? { own, limits, buckets: this.#bucketsOf(tenantId), learnedAt: now };
    if (!this.#limited.has(tenantId) || !isSame(known.limits, limits)) known.buckets.hold(limits);
    this.#limited.set(tenantId, Object.assign(known, { own, limits, learnedAt: now }));
  }

  isLimited(tenantId: string): boolean {
    return this.#limited.has(tenantId);
  }

  refresh(tenantId: string): Promise<void> | undefined {
    const at = this.#refreshed.get(tenantId);
    const age = at === undefined ? Number.POSITIVE_INFINITY : this.deps.timers.now() - at;
    if (age < REFRESH_AGE_MS) return undefined;
    // While the database is away what was known goes on to hold.
    const lookup = this.#lookUp(tenantId).catch(() => {});
    return age < MAX_AGE_MS ? undefined : lookup;
  }

  charge(tenantId: string, costs: Costs): Promise<void> | undefined {
    return this.#limited.get(tenantId)?.buckets.charge(costs);
  }

  refund(tenantId: string, costs: Costs): void {
    this.#limited.get(tenantId)?.buckets.refund(costs);
  }

  requirePendingRoom(tenantId: string): Promise<void> | undefined {
    const limit = this.#limited.get(tenantId)?.limits.pending ?? null;
    return limit === null ? undefined : this.#pending.require(tenantId, limit);
  }

  rates(tenantId: string): RateState[] {
    const known = this.#limited.get(tenantId);
    if (known === undefined) return [];
    return RATE_POLICIES.flatMap((policy) => {
      const limit = known.limits[policy];
      const state = known.buckets.state(policy);
      return limit === null || state === null ? [] : [{ policy, limit, ...state }];
    });
  }

  limits(tenantId: string): TenantLimit[] {
    const known = this.#limited.get(tenantId);
    return known === undefined ? [] : listLimits(known.limits);
  }

  #bucketsOf(tenantId: string): TenantBuckets {
    const { server, timers, metrics } = this.deps;
    return new TenantBuckets({ tenantId, server, timers, metrics });
  }

  #lookUp(tenantId: string): Promise<void> {
    const underWay = this.#lookups.get(tenantId);
    if (underWay !== undefined) return underWay;
    // Taken before the look-up: its answer was true at some moment after it.
    const at = this.deps.timers.now();
    const lookup = this.deps.store
      .ownLimits(tenantId)
      .then((own) => {
        this.learn(tenantId, own);
        this.#refreshed.set(tenantId, at);
      })
      .finally(() => this.#lookups.delete(tenantId));
    this.#lookups.set(tenantId, lookup);
    return lookup;
  }

  #tidy(now: number): void {
    if (now - this.#tidiedAt < TIDY_MS) return;
    this.#tidiedAt = now;
    for (const [tenantId, { learnedAt }] of this.#limited) if (now - learnedAt > FORGET_MS) this.#limited.delete(tenantId);
  }
}
