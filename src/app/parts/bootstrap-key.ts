import { apiKeyHash, apiKeyPrefix } from '../../core/domain/api-key.js';
import type { Logger } from '../../core/ports/logger.js';
import type { ApiKeyStore } from '../../core/ports/stores/api-key-store.js';
import { LastingFault } from '../../lib/time/lasting-fault.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import type { StartedPart } from './started-parts.js';

/** Waits so long for the database before it tries again, in milliseconds. */
const RETRY_MS = 1000;

interface BootstrapKeyDeps {
  store: Pick<ApiKeyStore, 'ensureBootstrapKey'>;
  /** BOOTSTRAP_API_KEY, if it is set. */
  key: string | null;
  logger: Logger;
  timers?: Pick<Timers, 'after' | 'now'>;
}

/**
 * Makes sure that BOOTSTRAP_API_KEY exists. While the database is away it goes on trying, and the node
 * starts.
 */
export async function startBootstrapKey({ store, key, logger, timers = systemTimers }: BootstrapKeyDeps): Promise<StartedPart> {
  if (key === null) return { stop() {} };
  const fault = new LastingFault(timers);
  let stopped = false;
  let cancel = () => {};
  const ensure = async (): Promise<void> => {
    try {
      await store.ensureBootstrapKey(apiKeyHash(key), apiKeyPrefix(key));
    } catch (error) {
      if (stopped) return;
      const message = 'the bootstrap key could not be made sure of and is tried again';
      if (fault.isNews(message)) logger.warn({ err: error }, message);
      cancel = timers.after(RETRY_MS, () => void ensure());
    }
  };
  await ensure();
  return {
    stop() {
      stopped = true;
      cancel();
    },
  };
}
