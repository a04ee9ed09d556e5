import type { ConnectionLimits } from '../../core/ports/connection-limits.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import { createTenantLimits } from '../../limits/index.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

interface LimitsDeps {
  store: Store;
  servesApi: boolean;
  metrics: Metrics;
  logger: Logger;
}

interface LimitsPart extends StartedPart {
  limiter: TenantLimiter;
  connectionLimits: ConnectionLimits;
}

/** Starts the limits of tenants: counted in Redis, without REDIS_URL in this process. */
export function startLimits(config: ConfigWithDatabase, deps: LimitsDeps): LimitsPart {
  const { url, prefix } = config.redis;
  const redis = url === null ? null : { url, prefix };
  const { limiter, connectionLimits, close } = createTenantLimits({ ...deps, defaults: config.tenantLimits, redis });
  return { limiter, connectionLimits, stop: close };
}
