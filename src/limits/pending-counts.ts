import { LRUCache } from 'lru-cache';
import { TidingsError } from '../core/domain/errors.js';
import type { LimitStore } from '../core/ports/stores/limit-store.js';
import type { Timers } from '../lib/time/timers.js';

/** Counts again at the next call from this age on, in milliseconds, without keeping it waiting. */
const REFRESH_AGE_MS = 4_000;
/** Judges by no count that is older than this, in milliseconds. */
const MAX_AGE_MS = 10_000;
/** Remembers the counts of this many tenants. */
const REMEMBERED = 10_000;

interface Counted {
  count: number;
  /** Moment before the count was asked for, by the node's own time. */
  at: number;
}

interface PendingCountsDeps {
  store: Pick<LimitStore, 'countPending'>;
  timers: Pick<Timers, 'now'>;
  onRefused(): void;
}

/** Keeps the limit of what a tenant may have pending: by a count in the background, while it pushes. */
export class PendingCounts {
  readonly #counts = new LRUCache<string, Counted>({ max: REMEMBERED });
  readonly #underWay = new Map<string, Promise<Counted>>();

  constructor(private readonly deps: PendingCountsDeps) {}

  /**
   * Undefined: there is room.
   * @throws TidingsError QUOTA_EXCEEDED; SERVICE_UNAVAILABLE if there is no count and none can be had
   */
  require(tenantId: string, limit: number): Promise<void> | undefined {
    const known = this.#counts.get(tenantId);
    const age = known === undefined ? Number.POSITIVE_INFINITY : this.deps.timers.now() - known.at;
    if (known === undefined || age > MAX_AGE_MS) return this.#countAndJudge(tenantId, limit, known);
    // A count that fails is tried again by the next call.
    if (age > REFRESH_AGE_MS) this.#count(tenantId, limit).catch(() => {});
    this.#judge(known, limit);
    return undefined;
  }

  async #countAndJudge(tenantId: string, limit: number, known: Counted | undefined): Promise<void> {
    const counted = await this.#count(tenantId, limit).catch((error) => {
      // An old count is better than none, and than no push.
      if (known === undefined) throw error;
      return known;
    });
    this.#judge(counted, limit);
  }

  #judge({ count }: Counted, limit: number): void {
    if (count < limit) return;
    this.deps.onRefused();
    const message = `the tenant has ${limit} pending messages already`;
    throw new TidingsError('QUOTA_EXCEEDED', message, { policy: 'pending', limit });
  }

  #count(tenantId: string, limit: number): Promise<Counted> {
    const underWay = this.#underWay.get(tenantId);
    if (underWay !== undefined) return underWay;
    const at = this.deps.timers.now();
    const counting = this.deps.store
      .countPending(tenantId, limit)
      .then((count) => {
        const counted = { count, at };
        this.#counts.set(tenantId, counted);
        return counted;
      })
      .finally(() => this.#underWay.delete(tenantId));
    this.#underWay.set(tenantId, counting);
    return counting;
  }
}
