import cluster from 'node:cluster';
import type { ConfigWithDatabase, Node, Services, Surroundings } from '../app/contracts.js';
import { openDatabase } from '../app/database.js';
import { limitsOf, shareOf } from '../app/node-limits.js';
import { joinNode } from '../app/workers/worker-membership.js';
import { withTokenSecret } from '../config/index.js';
import { newApiKey } from '../core/domain/api-key.js';
import { FULL_SCOPE } from '../core/domain/scope.js';
import { createMetrics } from '../observability/prometheus.js';
import { announce, DEMO_TENANT } from './announce.js';
import { type Context, readConfig } from './context.js';
import { catchSignals } from './signals.js';
import { runWorkers } from './workers/run-workers.js';

export async function runNode(
  context: Context,
  role: 'serve' | 'api' | 'delivery',
  options: { json?: boolean; workers?: number },
): Promise<number> {
  const { workers } = options;
  if (role !== 'serve' && workers !== undefined && cluster.isPrimary) return runWorkers(context, role, workers, options);
  const { io, services } = context;
  const read = readConfig(role, io);
  const { logger } = read;
  const whole = role === 'serve' ? await withTokenSecret(read.config) : read.config;
  const config = workers === undefined ? whole : shareOf(whole, workers);
  const signals = catchSignals(io);
  try {
    const database = await openDatabase(config, logger);
    let node: Node | undefined;
    try {
      // The limits of a node of several workers are told by its primary.
      const metrics = createMetrics(workers === undefined ? limitsOf(config) : {});
      const membership = workers === undefined ? null : joinNode(metrics);
      const surroundings = { logger, metrics, membership };
      const apiKey = database.embedded ? await makeDemoKey(services, database.config, surroundings) : null;
      node = await starters(services)[role](database.config, surroundings);
      if (membership) membership.started(node.urls);
      else announce(io, role, { urls: node.urls, apiKey }, options.json ?? false);
      await signals.stopped;
      logger.info({}, 'stopping');
    } finally {
      await node?.stop();
      await database.close();
    }
    logger.info({}, 'stopped');
    return 0;
  } finally {
    signals.close();
  }
}

const starters = (services: Services) => ({
  serve: services.startServe,
  api: services.startApi,
  delivery: services.startDelivery,
});

/** On the first start, when there is no tenant yet: one to try things with, and its key. */
async function makeDemoKey(services: Services, config: ConfigWithDatabase, { logger }: Surroundings): Promise<string | null> {
  const tenancy = await services.openTenancy(config, { logger });
  try {
    if ((await tenancy.tenants.listTenants()).length > 0) return null;
    const tenant = await tenancy.tenants.createTenant(DEMO_TENANT);
    const { key, hash, prefix } = newApiKey();
    await tenancy.keys.createKey({ tenantId: tenant.id, hash, prefix, name: 'demo', scope: FULL_SCOPE, expiresAt: null });
    return key;
  } finally {
    await tenancy.close();
  }
}
