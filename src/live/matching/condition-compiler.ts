import { LRUCache } from 'lru-cache';
import { TidingsError } from '../../core/domain/errors.js';
import type { FairTurns } from '../../lib/fair-turns.js';
import { TokenBucket } from '../../lib/token-bucket.js';
import { type CelCondition, compileCondition, knownCondition } from './cel-condition.js';
import { warmUp } from './warm-up.js';

/** Bounds the milliseconds of CPU that are spent on compiling conditions. */
export interface CompileLimits {
  /** Milliseconds in a second for one tenant on one node, in the long run. */
  compileMsPerTenantSecond: number;
  /** Milliseconds at once for one tenant, after a pause. */
  compileMsPerTenantBurst: number;
  /** Milliseconds in a second for one connection, in the long run. */
  compileMsPerSecond: number;
  /** Milliseconds at once for one connection, after a pause. */
  compileMsBurst: number;
}

interface ConditionCompilerDeps {
  limits: CompileLimits;
  turns: FairTurns;
  now: () => number;
}

/** Remembers what this many tenants have spent. */
const MAX_TENANTS = 10_000;

/**
 * Compiles conditions, one in a turn of the event loop, and counts the time against the tenant and the
 * connection. A condition that is known costs neither.
 */
export class ConditionCompiler {
  readonly #tenants = new LRUCache<string, TokenBucket>({ max: MAX_TENANTS });

  constructor(private readonly deps: ConditionCompilerDeps) {}

  /** Creates the bucket of one connection. */
  connectionBucket(): TokenBucket {
    const { limits, now } = this.deps;
    return new TokenBucket(limits.compileMsPerSecond, limits.compileMsBurst, now());
  }

  /**
   * @param connection bucket of the connection that asks; null if the tenant's backend does
   * @throws TidingsError BAD_USER_INPUT, RATE_LIMITED
   */
  async compile(tenantId: string, connection: TokenBucket | null, field: string, text: string): Promise<CelCondition> {
    const known = knownCondition(text);
    if (known) return known;
    const { now, turns } = this.deps;
    await turns.next(tenantId);
    const buckets = connection === null ? [this.#tenant(tenantId)] : [this.#tenant(tenantId), connection];
    const begun = now();
    for (const bucket of buckets) {
      if (bucket.take(begun, 0)) continue;
      const retryAfter = bucket.secondsUntil(0);
      throw new TidingsError('RATE_LIMITED', 'too many conditions that have to be compiled: wait a little', { retryAfter });
    }
    try {
      const condition = compileCondition(field, text);
      warmUp(turns);
      return condition;
    } finally {
      // What it takes is known afterwards only: the debt delays the next one.
      const ended = now();
      for (const bucket of buckets) bucket.owe(ended, ended - begun);
    }
  }

  #tenant(tenantId: string): TokenBucket {
    const { limits, now } = this.deps;
    let bucket = this.#tenants.get(tenantId);
    if (!bucket) {
      bucket = new TokenBucket(limits.compileMsPerTenantSecond, limits.compileMsPerTenantBurst, now());
      this.#tenants.set(tenantId, bucket);
    }
    return bucket;
  }
}
