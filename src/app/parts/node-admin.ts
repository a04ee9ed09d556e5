import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpUrl, MIGRATIONS_FOLDER } from '../../config/index.js';
import type { Admin } from '../../core/ports/admin.js';
import type { Logger } from '../../core/ports/logger.js';
import type { Live } from '../../live/index.js';
import { createAdminEndpoints, startAdminServer, withoutMetrics } from '../../observability/admin-endpoints.js';
import { Health } from '../../observability/health.js';
import type { PrometheusMetrics } from '../../observability/prometheus-metrics.js';
import { type TotalsByName, tenantMetrics } from '../../observability/tenant-metrics.js';
import type { Store } from '../../store/index.js';
import type { ConfigWithDatabase } from '../contracts.js';
import { namingPort } from '../taken-port.js';
import type { Membership } from '../workers/worker-membership.js';
import type { NodeBus } from './resources.js';
import type { StartedPart } from './started-parts.js';

interface NodeAdminDeps {
  store: Store;
  bus: NodeBus;
  live: Pick<Live, 'available'>;
  prometheus: PrometheusMetrics;
  /** Tells what each tenant did on this process. */
  tenants(): Promise<TotalsByName>;
  /** Set in a worker: its node's primary answers for all workers. */
  membership: Membership | null;
  logger: Logger;
}

interface NodeAdmin extends StartedPart {
  health: Health;
  /** Answers on the ports of API and delivery; null with ADMIN_PORT, which is then the only place. */
  onNodePorts: Admin | null;
  urls: { readonly admin?: string };
}

/**
 * Offers health and metrics, with ADMIN_PORT on a server of their own. That server belongs to the primary of
 * several workers.
 */
export async function startNodeAdmin(config: ConfigWithDatabase, deps: NodeAdminDeps): Promise<NodeAdmin> {
  const { prometheus, tenants, membership } = deps;
  const health = watchHealth(deps);
  const readiness = () => health.readiness;
  const sources = { readiness, scrape: prometheus.scrape, metricsContentType: prometheus.contentType };
  const admin = membership?.join(readiness, tenants) ?? createAdminEndpoints(sources);
  if (config.admin.port === null) {
    const onNodePorts = config.admin.metrics === 'public' ? admin : withoutMetrics(admin);
    return { health, onNodePorts, urls: {}, stop() {} };
  }
  if (membership !== null) return { health, onNodePorts: null, urls: {}, stop() {} };
  const forOperators = createAdminEndpoints({ ...sources, tenantMetrics: async () => tenantMetrics([await tenants()]) });
  const server = await namingPort('ADMIN_PORT', startAdminServer(forOperators, config.admin.host, config.admin.port));
  const { port } = server.address() as AddressInfo;
  return { health, onNodePorts: null, urls: { admin: httpUrl(config.admin.host, port) }, stop: () => closeServer(server) };
}

const watchHealth = ({ store, bus, live, logger }: NodeAdminDeps) =>
  new Health({
    databaseAvailable: () => store.available,
    redisAvailable: () => bus.available && live.available,
    missingMigrations: () => store.missingMigrations(MIGRATIONS_FOLDER),
    logger,
  });

const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });

/** Lets the node become ready, and says that it is draining before anything else stops. */
export function startHealth(health: Health): StartedPart {
  health.start();
  return { stop: () => health.drain() };
}
