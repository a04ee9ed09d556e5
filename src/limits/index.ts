import type { Limits } from '../core/domain/tenant-limits.js';
import type { ConnectionLimits } from '../core/ports/connection-limits.js';
import type { Logger } from '../core/ports/logger.js';
import type { Metrics } from '../core/ports/metrics.js';
import type { LimitStore } from '../core/ports/stores/limit-store.js';
import type { TenantLimiter } from '../core/ports/tenant-limiter.js';
import { systemTimers, type Timers } from '../lib/time/timers.js';
import { ConnectionCensus } from './connection-census.js';
import { LimitedTenants } from './limited-tenants.js';
import { RedisLimitServer } from './redis/redis-limit-server.js';

interface LimitsDeps {
  /** Limits of every tenant that has none of its own. */
  defaults: Limits;
  store: LimitStore;
  /**
   * Names Redis by URLs, comma-separated, and the prefix of every key. Null: this process is the only one.
   */
  redis: { url: string; prefix: string } | null;
  /** True if this process serves the API: such share what tenants may do while Redis is away. */
  servesApi: boolean;
  timers?: Timers;
  metrics: Metrics;
  logger: Logger;
}

/** Keeps the limits of tenants for one process: by `limiter` for the API and live events. */
export function createTenantLimits(deps: LimitsDeps) {
  const { defaults, store, redis, servesApi, metrics, logger, timers = systemTimers } = deps;
  const server = redis === null ? null : new RedisLimitServer({ ...redis, servesApi, logger, timers });
  const onRefused = () => metrics.limitRefusals.connections.inc();
  const census = new ConnectionCensus({ defaults, reports: server, timers, onRefused });
  const limiter: TenantLimiter = new LimitedTenants({ defaults, store, server, timers, metrics });
  const connectionLimits: ConnectionLimits = {
    countHeld: (held) => census.countHeld(held),
    prepare(tenantId, own) {
      limiter.learn(tenantId, own);
      return census.prepare(tenantId, own);
    },
    isFull: (tenantId) => census.isFull(tenantId),
    changed: (tenantId) => census.changed(tenantId),
  };
  return {
    limiter,
    connectionLimits,
    async close() {
      census.close();
      await server?.close();
    },
  };
}
