import type { Config } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import type { ApiKeyStore } from '../core/ports/stores/api-key-store.js';
import type { TenantStore } from '../core/ports/stores/tenant-store.js';
import type { PrometheusMetrics } from '../observability/prometheus.js';
import type { Membership } from './workers/worker-membership.js';

/** A configuration whose database is known: the embedded one runs, if there is none else. */
export type ConfigWithDatabase = Config & { readonly databaseUrl: string };

export interface Surroundings {
  logger: Logger;
  metrics: PrometheusMetrics;
  /** Of this process in a node of several workers; without, it is a node by itself. */
  membership?: Pick<Membership, 'join'> | null;
}

/** A running node. */
export interface Node {
  /** By what is served, such as `api`, `delivery` and `admin`. */
  urls: Readonly<Record<string, string>>;
  /** Goes out of service as SIGTERM asks for. */
  stop(): Promise<void>;
}

/** What tenants and keys are managed with. */
export interface Tenancy {
  tenants: TenantStore;
  keys: ApiKeyStore;
  /** Tells running nodes at once, as far as they can be reached, that a tenant's keys and tokens are dead. */
  announceDisabled(tenantId: string): Promise<void>;
  close(): Promise<void>;
}

/** What the commands need of the composition root. */
export interface Services {
  startServe(config: ConfigWithDatabase, surroundings: Surroundings): Promise<Node>;
  startApi(config: ConfigWithDatabase, surroundings: Surroundings): Promise<Node>;
  startDelivery(config: ConfigWithDatabase, surroundings: Surroundings): Promise<Node>;
  openTenancy(config: ConfigWithDatabase, surroundings: Pick<Surroundings, 'logger'>): Promise<Tenancy>;
}
