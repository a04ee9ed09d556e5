import { apiKeyHash, apiKeyPrefix } from '../../core/domain/api-key.js';
import type { Logger } from '../../core/ports/logger.js';
import type { ApiKeyStore } from '../../core/ports/stores/api-key-store.js';
import { systemTimers, type Timers } from '../../lib/time/timers.js';
import type { StartedPart } from './started-parts.js';

/** Waits so long for the database before it tries again, in milliseconds. */
const RETRY_MS = 1000;

interface BootstrapKeyDeps {
  store: Pick<ApiKeyStore, 'ensureBootstrapKey'>;
  /** BOOTSTRAP_API_KEY, if it is set. */
  key: string | null;
  logger: Logger;
  timers?: Pick<Timers, 'after'>;
}

/**
 * Makes sure that BOOTSTRAP_API_KEY exists. While the database is away it goes on trying, and the node
 * starts.
 */
export async function startBootstrapKey({ store, key, logger, timers = systemTimers }: BootstrapKeyDeps): Promise<StartedPart> {
  if (key === null) return { stop() {} };
  let cancel = () => {};
  const ensure = async (): Promise<void> => {
    try {
      await store.ensureBootstrapKey(apiKeyHash(key), apiKeyPrefix(key));
    } catch (error) {
      logger.warn({ err: error }, 'the bootstrap key could not be made sure of and is tried again');
      cancel = timers.after(RETRY_MS, () => void ensure());
    }
  };
  await ensure();
  return { stop: () => cancel() };
}
