import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { textFrame } from '../../delivery/index.js';
import { createLive, type Live } from '../../live/index.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

interface LiveDeps {
  store: Store;
  limiter: TenantLimiter;
  bus: MessageBus;
  metrics: Metrics;
  usage: UsageMeter;
  logger: Logger;
}

/** Starts live topics: their stream is in Redis, without REDIS_URL in this process. */
export function startLive(config: ConfigWithDatabase, { store, ...deps }: LiveDeps): StartedPart & { live: Live } {
  const { url, prefix } = config.redis;
  const live = createLive({
    ...deps,
    directory: store.directory,
    clock: store.clock,
    redis: url === null ? null : { url, prefix },
    config: config.live,
    encode: textFrame,
  });
  return { live, stop: () => live.close() };
}
