import { TidingsError } from '../core/domain/errors.js';
import { type Costs, type Limits, RATE_POLICIES, type RatePolicy } from '../core/domain/tenant-limits.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { Timers } from '../lib/time/timers.js';
import type { LimitServer, ToldBucket } from './limit-server.js';
import { SharedBucket } from './shared-bucket.js';

/** Tells what was lent after this long, in milliseconds. */
const TELL_MS = 20;
/** Lets exchanges that calls wait for begin at least so far apart, in milliseconds: more share each. */
const APART_MS = 5;
/** Judges at most this many calls in one exchange. */
const CALLS_AT_ONCE = 500;

interface Ask {
  costs: Costs;
  resolve(): void;
  reject(error: unknown): void;
}

interface TenantBucketsDeps {
  tenantId: string;
  /** Null without Redis: this node's buckets are the only ones. */
  server: LimitServer | null;
  timers: Pick<Timers, 'now' | 'after'>;
  metrics: Pick<Metrics, 'limitRefusals' | 'limitCalls' | 'limitExchanges'>;
}

/**
 * Judges calls of one tenant by its rates. Mostly at once, by what this node may take before it asks; near
 * the end of a bucket by an exchange with Redis, which calls that wait share; while Redis is away by this
 * node's share.
 */
export class TenantBuckets {
  readonly #buckets = new Map<RatePolicy, SharedBucket>();
  readonly #waiting: Ask[] = [];
  #exchanging = false;
  #last = Number.NEGATIVE_INFINITY;
  /** Cancels the exchange that is planned; null if none is. */
  #planned: { at: number; cancel: () => void } | null = null;

  constructor(private readonly deps: TenantBucketsDeps) {}

  /** Takes the rates that hold from now on. */
  hold(limits: Limits): void {
    const now = this.deps.timers.now();
    for (const policy of RATE_POLICIES) {
      const rate = limits[policy];
      const bucket = this.#buckets.get(policy);
      if (rate === null) this.#buckets.delete(policy);
      else if (bucket) bucket.change(rate, now);
      else this.#buckets.set(policy, new SharedBucket(rate, now));
    }
  }

  /**
   * Takes tokens, of every policy or of none. Undefined: done.
   * @throws TidingsError RATE_LIMITED
   */
  charge(costs: Costs): Promise<void> | undefined {
    if (!this.#limits(costs)) return undefined;
    const { server, timers } = this.deps;
    const now = timers.now();
    if (server === null) return this.#chargeShare(costs, now, 1);
    if (!server.usable) return this.#chargeShare(costs, now, server.apiNodes);
    if (this.#waiting.length === 0 && this.#lends(costs, now, server)) {
      this.#take(costs);
      this.deps.metrics.limitCalls.lent.inc();
      this.#plan(TELL_MS);
      return undefined;
    }
    const empty = this.#longest(costs, (bucket, cost) => (bucket.isShare ? 0 : bucket.surelyEmptyFor(cost, now)));
    if (empty !== null) throw this.#refusal(empty.policy, empty.waitMs);
    this.deps.metrics.limitCalls.asked.inc();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ costs, resolve, reject });
      this.#plan(Math.max(0, this.#last + APART_MS - now));
    });
  }

  /** Gives back what was taken for work that was not done. */
  refund(costs: Costs): void {
    if (!this.#limits(costs)) return;
    for (const [policy, cost] of entriesOf(costs)) this.#buckets.get(policy)?.take(-cost);
    if (this.deps.server?.usable) this.#plan(TELL_MS);
  }

  /**
   * Returns what may be used at once, and in how many seconds the bucket will be full; null without a
   * limit.
   */
  state(policy: RatePolicy): { remaining: number; fullInS: number } | null {
    const bucket = this.#buckets.get(policy);
    if (bucket === undefined) return null;
    const remaining = bucket.remaining(this.deps.timers.now());
    const fullInS = Math.ceil(Math.max(0, bucket.capacity - remaining) / bucket.rate);
    return { remaining: Math.max(0, Math.floor(remaining)), fullInS };
  }

  #limits(costs: Costs): boolean {
    for (const [policy, cost] of entriesOf(costs)) if (cost > 0 && this.#buckets.has(policy)) return true;
    return false;
  }

  #lends(costs: Costs, now: number, { nodes: all, apiNodes }: LimitServer): boolean {
    for (const [policy, cost] of entriesOf(costs)) {
      const bucket = this.#buckets.get(policy);
      // Clients publish live events on delivery nodes, too.
      const nodes = policy === 'liveEvents' ? all : apiNodes;
      if (bucket && (bucket.isShare || !bucket.lends(cost, now, nodes))) return false;
    }
    return true;
  }

  #take(costs: Costs): void {
    for (const [policy, cost] of entriesOf(costs)) this.#buckets.get(policy)?.take(cost);
  }

  #chargeShare(costs: Costs, now: number, nodes: number): undefined {
    this.deps.metrics.limitCalls[this.deps.server === null ? 'lent' : 'share'].inc();
    const lacks = this.#longest(costs, (bucket, cost) => bucket.shareLacksFor(cost, now, nodes));
    if (lacks !== null) throw this.#refusal(lacks.policy, lacks.waitMs);
    this.#take(costs);
  }

  /** Finds the policy that makes the call wait longest; null if none does. */
  #longest(costs: Costs, waitMsOf: (bucket: SharedBucket, cost: number) => number) {
    let longest: { policy: RatePolicy; waitMs: number } | null = null;
    for (const [policy, cost] of entriesOf(costs)) {
      const bucket = this.#buckets.get(policy);
      const waitMs = bucket === undefined || cost === 0 ? 0 : waitMsOf(bucket, cost);
      if (waitMs > (longest?.waitMs ?? 0)) longest = { policy, waitMs };
    }
    return longest;
  }

  #refusal(policy: RatePolicy, waitMs: number): TidingsError {
    this.deps.metrics.limitRefusals[policy].inc();
    const limit = this.#buckets.get(policy)?.rate ?? 0;
    const retryAfter = Math.max(1, Math.ceil(waitMs / 1000));
    const message = `the tenant has used up its ${WORDS[policy]}: ${limit} a second`;
    return new TidingsError('RATE_LIMITED', message, { retryAfter, policy, limit });
  }

  // ---- Exchanges ----

  /** Sees to it that an exchange begins within so many milliseconds. */
  #plan(ms: number): void {
    if (this.#exchanging) return;
    const at = this.deps.timers.now() + ms;
    if (this.#planned !== null) {
      if (this.#planned.at <= at) return;
      this.#planned.cancel();
    }
    const cancel = this.deps.timers.after(ms, () => {
      this.#planned = null;
      void this.#exchange();
    });
    this.#planned = { at, cancel };
  }

  async #exchange(): Promise<void> {
    const { server, tenantId, timers, metrics } = this.deps;
    if (server === null) return;
    const asks = this.#waiting.splice(0, CALLS_AT_ONCE);
    const now = timers.now();
    const told = [...this.#buckets].map(([policy, bucket]) => ({ policy, bucket, ...bucket.tell(now) }));
    const buckets: ToldBucket[] = told.map(({ policy, bucket, taken, supposed }) => ({
      policy,
      rate: bucket.rate,
      taken,
      supposed,
    }));
    this.#exchanging = true;
    this.#last = now;
    try {
      const answer = await server.exchange(
        tenantId,
        buckets,
        asks.map(({ costs }) => costs),
      );
      metrics.limitExchanges.answered.inc();
      // The level is that of a later moment: whoever believes it of this one believes in too much, never in
      // too little.
      for (const [i, { bucket }] of told.entries()) bucket.answered(answer.levels[i] as number, now);
      for (const [i, ask] of asks.entries()) {
        const refused = answer.refusals[i];
        if (refused) ask.reject(this.#refusal(refused.policy, refused.waitMs));
        else ask.resolve();
      }
    } catch {
      metrics.limitExchanges.failed.inc();
      for (const { bucket } of told) bucket.failed();
      for (const ask of asks) this.#judgeByShare(ask, server.apiNodes);
    } finally {
      this.#exchanging = false;
      this.#goOn(server);
    }
  }

  #goOn(server: LimitServer): void {
    if (!server.usable) {
      for (const ask of this.#waiting.splice(0)) this.#judgeByShare(ask, server.apiNodes);
    } else if (this.#waiting.length > 0) {
      this.#plan(APART_MS);
    } else if ([...this.#buckets.values()].some((bucket) => bucket.owes)) {
      this.#plan(TELL_MS);
    }
  }

  #judgeByShare({ costs, resolve, reject }: Ask, nodes: number): void {
    try {
      this.#chargeShare(costs, this.deps.timers.now(), nodes);
      resolve();
    } catch (error) {
      reject(error);
    }
  }
}

const WORDS: Record<RatePolicy, string> = {
  recipients: 'recipients of messages',
  requests: 'requests',
  bytes: 'bytes of messages',
  liveEvents: 'live events',
};

const entriesOf = (costs: Costs) => Object.entries(costs) as Array<[RatePolicy, number]>;
