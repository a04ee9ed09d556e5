import cluster from 'node:cluster';
import type { ConfigWithDatabase, Node, NodeRole } from '../app/contracts.js';
import { openDatabase } from '../app/open-database.js';
import { startWorkers } from '../app/workers/start-workers.js';
import { WorkerFailed } from '../app/workers/worker-pool.js';
import { withTokenSecret } from '../config/index.js';
import { newApiKey } from '../core/domain/api-key.js';
import { FULL_SCOPE } from '../core/domain/scope.js';
import type { Logger } from '../core/ports/logger.js';
import { announce, DEMO_TENANT } from './announce.js';
import { type CliContext, readConfig, type Services } from './cli-context.js';
import { catchSignals } from './signals.js';

interface NodeOptions {
  json?: boolean;
  workers?: number;
}

/** Runs a node until a signal asks it to stop. */
export async function runNode(context: CliContext, role: NodeRole, options: NodeOptions): Promise<number> {
  const { workers } = options;
  if (role !== 'serve' && workers !== undefined && cluster.isPrimary) return runWorkers(context, role, workers, options);
  const { io, services } = context;
  const read = readConfig(role, io);
  const { logger } = read;
  const config = role === 'serve' ? await withTokenSecret(read.config) : read.config;
  const signals = catchSignals(io);
  try {
    const database = await openDatabase(config, logger);
    let node: Node | undefined;
    try {
      const apiKey = database.embedded ? await makeDemoKey(services, database.config, logger) : null;
      node = await services.startNode(role, database.config, { logger, workers: workers ?? null });
      // Of several workers the primary says where the node is.
      if (workers === undefined) announce(io, role, { urls: node.urls, apiKey }, options.json ?? false);
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

/** Runs one node of several processes until a signal asks it to stop. */
async function runWorkers({ io }: CliContext, role: NodeRole, count: number, options: NodeOptions): Promise<number> {
  const { config, logger } = readConfig(role, io);
  const signals = catchSignals(io);
  try {
    const node = await startWorkers(count, config, logger);
    try {
      announce(io, role, { urls: node.urls, apiKey: null }, options.json ?? false);
      await signals.stopped;
      logger.info({}, 'stopping');
    } finally {
      await node.stop();
    }
    logger.info({}, 'stopped');
    return 0;
  } catch (error) {
    // One that ended by itself has said why.
    if (error instanceof WorkerFailed && error.signal === null) return 1;
    throw error;
  } finally {
    signals.close();
  }
}

/** Makes a tenant to try things with on the first start, when there is none yet. Returns its key. */
async function makeDemoKey(services: Services, config: ConfigWithDatabase, logger: Logger): Promise<string | null> {
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
