import type { AddressInfo } from 'node:net';
import { type Config, httpUrl } from '../../config/index.js';
import type { Admin } from '../../core/ports/admin.js';
import type { Logger } from '../../core/ports/logger.js';
import { createAdminEndpoints, startAdminServer } from '../../observability/admin-endpoints.js';
import { aggregate, collectLimits, METRICS_CONTENT_TYPE } from '../../observability/prometheus-metrics.js';
import { tenantMetrics } from '../../observability/tenant-metrics.js';
import type { Node, NodeRole } from '../contracts.js';
import { limitsOf } from '../node-limits.js';
import { namingPort } from '../taken-port.js';
import { WorkerPool } from './worker-pool.js';

/**
 * Starts one node of several processes that share its port. This process serves nothing itself, but reports
 * for all of them.
 *
 * @throws WorkerFailed if a worker ends before it is in service
 */
export async function startWorkers(role: NodeRole, count: number, config: Config, logger: Logger): Promise<Node> {
  const limits = limitsOfAll(config, count);
  const maxConnections = role === 'delivery' ? config.delivery.maxConnections : null;
  const pool: WorkerPool = new WorkerPool((path) => answerForAll(path, pool, limits), { count, maxConnections, logger });
  const forOperators: Admin = (path) => answerForAll(path, pool, limits, true);
  const { host, port } = config.admin;
  const server = port === null ? null : await namingPort('ADMIN_PORT', startAdminServer(forOperators, host, port));
  const stop = async () => {
    await pool.stop();
    server?.close();
    server?.closeAllConnections();
  };
  try {
    const urls = { ...(await pool.start()) };
    const address = server?.address() as AddressInfo | null | undefined;
    if (address) urls.admin = httpUrl(address.address, address.port);
    return { urls, ready: pool.ready, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function answerForAll(path: string, pool: WorkerPool, limits: Readonly<Record<string, number>>, forOperators = false) {
  const states = await pool.states(forOperators && path.startsWith('/tenant-metrics'));
  const readiness = pool.readiness(states);
  const collected = states.flatMap((state) => (state ? [state.metrics] : []));
  const admin = createAdminEndpoints({
    readiness: () => readiness,
    scrape: async () => aggregate([...collected, await collectLimits(limits)]),
    metricsContentType: METRICS_CONTENT_TYPE,
    ...(forOperators && {
      tenantMetrics: async () => tenantMetrics(states.flatMap((state) => (state?.tenants ? [state.tenants] : []))),
    }),
  });
  return admin(path);
}

/** The pool of database connections is each worker's own; the other limits are the node's. */
const limitsOfAll = (config: Config, count: number) => ({
  ...limitsOf(config),
  database_pool: config.store.poolMax * count,
});
