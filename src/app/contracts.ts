import type { Config } from '../config/index.js';
import type { AuditedCall, AuditNote } from '../core/domain/audit.js';
import type { Logger } from '../core/ports/logger.js';
import type { ApiKeyStore } from '../core/ports/stores/api-key-store.js';
import type { AuditStore } from '../core/ports/stores/audit-store.js';
import type { TenantStore } from '../core/ports/stores/tenant-store.js';
import type { UsageStore } from '../core/ports/stores/usage-store.js';

/** A configuration whose database is known: the operator's, or the embedded one, which runs by then. */
export type ConfigWithDatabase = Config & { readonly store: { readonly databaseUrl: string } };

/** Names the kinds of nodes; `serve` is API and delivery in one process. */
export type NodeRole = 'serve' | 'api' | 'delivery';

export interface Surroundings {
  logger: Logger;
  /** Number of the node's workers, if this process is one of them. */
  workers?: number | null;
}

/** A running node. */
export interface Node {
  /** URLs by service: `admin`, `delivery` and `api`, as far as the node has them, in this order. */
  urls: Readonly<Record<string, string>>;
  /** Resolves once `/readyz` is 200; never if the node stops before. */
  ready: Promise<void>;
  /** Goes out of service as SIGTERM asks for. */
  stop(): Promise<void>;
}

/** What a command touches, and whether it takes several transactions. */
export type CommandSubject = Pick<AuditedCall['subject'], 'names'> & { severalSteps?: boolean };

/** Manages tenants and their keys. */
export interface Tenancy {
  tenants: TenantStore;
  keys: ApiKeyStore;
  audit: AuditStore;
  /**
   * Runs a command that changes something, with the note that whoever changes it writes.
   * @param command such as `tenant.disable`
   */
  audited<T>(command: string, rest: CommandSubject, work: (note: AuditNote) => Promise<T>): Promise<T>;
  usage: Pick<UsageStore, 'usageOf'>;
  /** Asks the database for its time, by which keys expire. */
  databaseTime(): Promise<Date>;
  /** Tells running nodes at once, as far as they can be reached, that a tenant's tokens are dead until it is enabled. */
  announceDisabled(tenantId: string): Promise<void>;
  /** Tells them that they are dead for good. */
  announceDeleted(tenantId: string): Promise<void>;
  close(): Promise<void>;
}
