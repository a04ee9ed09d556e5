import { setTimeout as delay } from 'node:timers/promises';
import { createApi } from '../../api/index.js';
import { CONSOLE_FOLDER, httpUrl, VERSION } from '../../config/index.js';
import type { Admin } from '../../core/ports/admin.js';
import type { DebugLog } from '../../core/ports/debug-log.js';
import type { Logger } from '../../core/ports/logger.js';
import type { MessageBus } from '../../core/ports/message-bus.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { RecipientTokens } from '../../core/ports/recipient-tokens.js';
import type { TenantLimiter } from '../../core/ports/tenant-limiter.js';
import type { SecretBox } from '../../core/ports/webhooks/secret-box.js';
import type { WebhookTester } from '../../core/ports/webhooks/webhook-tester.js';
import { createPageTokens } from '../../core/validation/page-token.js';
import type { AddressPolicy } from '../../core/validation/webhook/address-policy.js';
import type { Live } from '../../live/index.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import type { DeliveryPart } from './delivery.js';
import type { StartedPart } from './started-parts.js';

interface ApiPartDeps {
  store: Store;
  bus: MessageBus;
  tokens: RecipientTokens;
  live: Live;
  limiter: TenantLimiter;
  /** Delivery in the same process, if it serves that, too. */
  delivery: DeliveryPart | null;
  publicDeliveryUrl: string;
  /** Answers on the API's port, too, if set. */
  admin: Admin | null;
  secretBox: SecretBox;
  webhookTester: WebhookTester;
  webhookPolicy: AddressPolicy;
  metrics: Metrics;
  logger: Logger;
  debug: DebugLog;
}

/** Starts the API. It goes out of service first, while delivery in the same process drains. */
export async function startApi(
  config: ConfigWithDatabase,
  { store, live, delivery, ...rest }: ApiPartDeps,
): Promise<StartedPart & { urls: { readonly api: string } }> {
  const api = createApi({
    config: config.api,
    ...rest,
    store,
    keys: store,
    pageTokens: createPageTokens(config.tokenSecrets),
    clock: store.clock,
    version: VERSION,
    live: live.api,
    consoleFolder: CONSOLE_FOLDER,
  });
  const { port } = await api.listen().catch(async (error) => {
    await api.stop();
    throw error;
  });
  return {
    urls: { api: `${httpUrl(config.api.host, port)}/graphql` },
    async stop() {
      api.drain();
      // Load balancers need the delay to notice; delivery waits for it by itself.
      const closed = delay(config.shutdownDelayMs).then(() => api.closeSubscriptions(config.delivery.shutdownSpreadMs));
      await Promise.all([closed, delivery?.drain()]);
      await api.stop();
    },
  };
}
