import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import { textFrame } from '../../delivery/index.js';
import { createLive, type Live, type LiveConfig } from '../../live/index.js';
import { parseRedisUrls } from '../../redis/redis-server.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

interface LiveDeps {
  store: Store;
  bus: MessageBus;
  metrics: Metrics;
  logger: Logger;
}

/** Starts live topics: their stream is in Redis, without REDIS_URL in this process. */
export function startLive(config: ConfigWithDatabase, { store, ...deps }: LiveDeps): StartedPart & { live: Live } {
  const { redisUrls, redisPrefix } = config;
  const live = createLive({
    ...deps,
    directory: store.directory,
    clock: store.clock,
    redis:
      redisUrls === null
        ? null
        : { servers: parseRedisUrls(redisUrls.join(','), 'tidings-live').map(({ options }) => options), prefix: redisPrefix },
    config: liveConfig(config),
    encode: textFrame,
  });
  return { live, stop: () => live.close() };
}

const liveConfig = ({ live, sweepIntervalMs }: ConfigWithDatabase): LiveConfig => ({
  bounds: { maxAgeMs: live.retentionMs, maxEvents: live.retentionEvents, maxBytes: live.retentionBytes },
  limits: {
    subscriptionsPerConnection: live.maxSubscriptions,
    patternsPerCommand: live.maxPatterns,
    whereBytes: live.maxFilterBytes,
    commandsPerSecond: live.maxCommandsPerSecond,
    publishesPerSecond: live.maxPublishesPerSecond,
    eventsPerSecond: live.maxEventsPerSecond,
    bufferedBytes: live.maxBufferedBytes,
  },
  lookEveryMs: sweepIntervalMs,
});
