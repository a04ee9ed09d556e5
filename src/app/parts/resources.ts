import { InProcessBus } from '../../bus/in-process-bus.js';
import { createRedisBus } from '../../bus/redis-bus.js';
import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { UsageMeter } from '../../core/ports/usage-meter.js';
import { createStore, type Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { StartedPart } from './started-parts.js';

/** A bus that knows whether its server can be reached. */
export type NodeBus = MessageBus & { readonly available: boolean };

/** Metrics and log of whoever opens a resource. */
interface Observers {
  metrics: Metrics;
  logger: Logger;
}

export function openStore(
  config: ConfigWithDatabase,
  observers: Observers & { usage?: UsageMeter },
): StartedPart & { store: Store } {
  const store = createStore({ ...config.store, ...observers });
  return { store, stop: () => store.close() };
}

/** Opens the bus on Redis; without REDIS_URL the one of this process. */
export function openBus({ redis }: ConfigWithDatabase, observers: Observers): StartedPart & { bus: NodeBus } {
  const { url } = redis;
  const bus: NodeBus =
    url === null
      ? Object.assign(new InProcessBus(observers.logger), { available: true })
      : createRedisBus({ ...redis, url, ...observers });
  return { bus, stop: () => bus.close() };
}
