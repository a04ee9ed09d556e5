import { TidingsError } from '../../src/core/domain/errors.js';
import { BUCKET_SECONDS, type Costs, type Limits, NO_LIMITS, type OwnLimits } from '../../src/core/domain/tenant-limits.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import type { LimitStore } from '../../src/core/ports/stores/limit-store.js';
import type { Judgement, LimitServer, ToldBucket } from '../../src/limits/limit-server.js';
import { LimitedTenants } from '../../src/limits/limited-tenants.js';
import { TurnedTimers } from '../support/turned-timers.js';

export const TENANT = '018f3f6e-0000-7000-8000-000000000001';

/** Says how a call was judged: null if it was accepted. */
export const judged = async (call: () => Promise<void> | undefined): Promise<TidingsError | null> => {
  try {
    await call();
    return null;
  } catch (error) {
    if (error instanceof TidingsError) return error;
    throw error;
  }
};

/** The buckets of Redis in memory, for several nodes and fake time. */
export class FakeLimitServer implements LimitServer {
  usable = true;
  nodes = 1;
  apiNodes = 1;
  exchanges = 0;
  /** Awaited by each exchange before it takes place. */
  before: () => Promise<void> | void = () => {};
  readonly #buckets = new Map<string, { level: number; at: number }>();

  constructor(private readonly now: () => number) {}

  /** Loses its memory, as a Redis that is started again. */
  forget(): void {
    this.#buckets.clear();
  }

  async exchange(tenantId: string, told: readonly ToldBucket[], calls: readonly Costs[]): Promise<Judgement> {
    this.exchanges++;
    await this.before();
    if (!this.usable) throw new Error('Redis is away');
    const now = this.now();
    const buckets = told.map(({ policy, rate, supposed, taken }) => {
      const known = this.#buckets.get(`${tenantId} ${policy}`);
      const level = known ? known.level + (rate * (now - known.at)) / 1000 : supposed;
      const capacity = rate * BUCKET_SECONDS;
      return { policy, rate, capacity, level: Math.min(capacity, Math.min(capacity, level) - taken) };
    });
    const refusals = calls.map((call) => {
      const lacking = buckets.map(({ policy, rate, capacity, level }) => {
        const cost = call[policy] ?? 0;
        return { policy, waitMs: cost > 0 ? (1000 * (Math.min(cost, capacity) - level)) / rate : 0 };
      });
      const refusal = lacking.sort((a, b) => b.waitMs - a.waitMs).find(({ waitMs }) => waitMs > 0) ?? null;
      if (refusal === null) for (const bucket of buckets) bucket.level -= call[bucket.policy] ?? 0;
      return refusal;
    });
    for (const { policy, level } of buckets) this.#buckets.set(`${tenantId} ${policy}`, { level, at: now });
    return { levels: buckets.map(({ level }) => level), refusals };
  }
}

interface TestNode {
  limiter: LimitedTenants;
  /** Counts of pending messages that were asked for. */
  counts: number;
  pending: number;
  /** What a look-up of the tenant says. */
  own: OwnLimits | null;
  lookups: number;
}

/** Nodes that share a server of limits, in time that a test turns. */
export class Nodes {
  readonly timers = new TurnedTimers();
  readonly server = new FakeLimitServer(this.timers.now);

  /** Starts a node; `alone` without Redis. */
  start(own: OwnLimits | null, { alone = false, defaults = NO_LIMITS }: { alone?: boolean; defaults?: Limits } = {}): TestNode {
    const { timers, server } = this;
    const store: LimitStore = {
      ownLimits: async () => {
        node.lookups++;
        return node.own;
      },
      countPending: async (_tenantId, atMost) => {
        node.counts++;
        return Math.min(atMost, node.pending);
      },
    };
    const limiter = new LimitedTenants({ defaults, store, server: alone ? null : server, timers, metrics: noMetrics });
    const node: TestNode = { limiter, counts: 0, pending: 0, own, lookups: 0 };
    limiter.learn(TENANT, own);
    return node;
  }

  /** Turns time forward step by step, and lets exchanges come to their end in each. */
  async pass(ms: number, step = 1): Promise<void> {
    for (let passed = 0; passed < ms; passed += step) {
      this.timers.forward(step);
      await settled();
    }
  }
}

/** Lets promises that are settled go on. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
