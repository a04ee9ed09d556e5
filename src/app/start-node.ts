import { createDebugLog } from '../observability/bounded-debug-log.js';
import { TenantUsage } from '../observability/tenant-usage.js';
import { createRecipientTokens } from '../token/index.js';
import type { ConfigWithDatabase, Node, NodeRole, Surroundings } from './contracts.js';
import { shareOf } from './node-limits.js';
import { startBootstrapKey } from './parts/bootstrap-key.js';
import { startDelivery } from './parts/delivery.js';
import { startLive } from './parts/live.js';
import { startHealth, startNodeAdmin } from './parts/node-admin.js';
import { openNodeMetrics } from './parts/node-metrics.js';
import { openBus, openStore } from './parts/resources.js';
import { startRetentionLoop } from './parts/retention-loop.js';
import { StartedParts } from './parts/started-parts.js';
import { startStatusFeedLoop } from './parts/status-feed-loop.js';
import { startLimits } from './parts/tenant-limiting.js';
import { nameTotals } from './parts/tenant-names.js';
import { startUsageLoop } from './parts/usage-loop.js';
import { namingPort } from './taken-port.js';

/** Loads what a delivery node does without. GraphQL is most of it. */
const loadApiParts = async () => ({ ...(await import('./parts/api.js')), ...(await import('./parts/webhooks.js')) });

/** Starts a node part by part; `stop` stops them in the opposite order. A failure stops what had started. */
export async function startNode(
  role: NodeRole,
  wholeConfig: ConfigWithDatabase,
  { logger, workers = null }: Surroundings,
): Promise<Node> {
  const [servesApi, servesDelivery] = [role !== 'delivery', role !== 'api'];
  const config = workers === null ? wholeConfig : shareOf(wholeConfig, workers);
  const { prometheus, membership } = openNodeMetrics(config, workers);
  const { metrics } = prometheus;
  const tokens = createRecipientTokens(config.tokenSecrets);
  const parts = new StartedParts();
  try {
    const usage = new TenantUsage();
    const { store } = parts.add(openStore(config, { metrics, usage, logger }));
    parts.add(startUsageLoop({ store, usage, clock: store.clock, logger }));
    const { bus } = parts.add(openBus(config, { metrics, logger }));
    parts.add(
      startRetentionLoop(
        [
          () => store.cleanUp(),
          () => store.cleanUpAudit(),
          () => store.cleanUpActivity(),
          // Before the events go: what is given up is counted.
          () => store.cleanUpWebhooks(),
          () => store.cleanUpStatusEvents(),
        ],
        logger,
      ),
    );
    if (servesApi) parts.add(startStatusFeedLoop({ store, logger }));
    if (servesApi) parts.add(await startBootstrapKey({ store, key: config.bootstrapApiKey, logger }));
    const { limiter, connectionLimits } = parts.add(startLimits(config, { store, servesApi, metrics, logger }));
    const { live } = parts.add(startLive(config, { store, bus, limiter, metrics, usage, logger }));
    const tenants = nameTotals(usage, store);
    const admin = parts.add(await startNodeAdmin(config, { store, bus, live, prometheus, tenants, membership, logger }));
    const debug = createDebugLog({ level: config.log.level, inClear: config.log.recipients, names: store, logger });
    const shared = { store, bus, tokens, live, admin: admin.onNodePorts, logger, debug };
    const delivery = servesDelivery
      ? parts.add(await namingPort('DELIVERY_PORT', startDelivery(config, { ...shared, connectionLimits, metrics, usage })))
      : null;
    const publicDeliveryUrl = config.publicDeliveryUrl ?? delivery?.ownUrl ?? '';
    let apiUrls = {};
    if (servesApi) {
      const { startApi, startWebhooks } = await loadApiParts();
      const { forApi } = parts.add(startWebhooks(config, { store, metrics, usage, logger }));
      const deps = { ...shared, ...forApi, limiter, metrics, delivery, publicDeliveryUrl };
      apiUrls = parts.add(await namingPort('API_PORT', startApi(config, deps))).urls;
    }
    parts.add(startHealth(admin.health));
    const deliveryUrls = delivery && { delivery: servesApi ? publicDeliveryUrl : delivery.ownUrl };
    const urls = { ...admin.urls, ...deliveryUrls, ...apiUrls };
    membership?.started(urls);
    const { ready } = admin.health;
    if (membership && delivery) membership.share(delivery.sockets, delivery.allow);
    if (membership) void ready.then(membership.ready);
    return { urls, ready, stop: () => parts.stop() };
  } catch (error) {
    await parts.stop();
    throw error;
  }
}
