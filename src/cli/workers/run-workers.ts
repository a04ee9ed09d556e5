import { limitsOf } from '../../app/node-limits.js';
import { WorkerFailed, WorkerPool } from '../../app/workers/worker-pool.js';
import type { Admin } from '../../core/ports/admin.js';
import { createAdmin, startAdminServer } from '../../observability/admin-endpoints.js';
import { aggregate, collectLimits, METRICS_CONTENT_TYPE } from '../../observability/prometheus.js';
import { announce } from '../announce.js';
import { type Context, readConfig } from '../context.js';
import { catchSignals } from '../signals.js';

/** One node of several processes that share its port; this one serves nothing itself, but speaks for all of them. */
export async function runWorkers(
  { io }: Context,
  role: 'api' | 'delivery',
  count: number,
  options: { json?: boolean },
): Promise<number> {
  const { config, logger } = readConfig(role, io);
  const signals = catchSignals(io);
  const pool = new WorkerPool(count, (path) => answer(path), logger);

  const answer: Admin = async (path) => {
    const states = await pool.states();
    const readiness = pool.readiness(states);
    const collected = states.flatMap((state) => (state ? [state.metrics] : []));
    const admin = createAdmin({
      readiness: () => readiness,
      // The pool of connections is each worker's own; the other limits are the node's.
      scrape: async () =>
        aggregate([...collected, await collectLimits({ ...limitsOf(config), database_pool: config.databasePoolMax * count })]),
      metricsContentType: METRICS_CONTENT_TYPE,
    });
    return admin(path);
  };

  try {
    const admin = config.adminPort === null ? null : await startAdminServer(answer, config.host, config.adminPort);
    try {
      const urls = { ...(await pool.start()) };
      const address = admin?.address();
      if (address && typeof address === 'object') urls.admin = `http://${hostOf(address.address)}:${address.port}`;
      announce(io, role, { urls, apiKey: null }, options.json ?? false);
      await signals.stopped;
      logger.info({}, 'stopping');
    } finally {
      await pool.stop();
      admin?.close();
      admin?.closeAllConnections();
    }
    logger.info({}, 'stopped');
    return 0;
  } catch (error) {
    if (error instanceof WorkerFailed && error.signal === null) return 1;
    throw error;
  } finally {
    signals.close();
  }
}

const hostOf = (address: string) => (address.includes(':') ? `[${address}]` : address);
