import type { LiveDirectory } from '../../core/ports/live-directory.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { ApiKeyStore } from '../../core/ports/stores/api-key-store.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { LimitStore } from '../../core/ports/stores/limit-store.js';
import type { ManagedKeyStore } from '../../core/ports/stores/managed-key-store.js';
import type { RevocationStore } from '../../core/ports/stores/revocation-store.js';
import type { TenantStore } from '../../core/ports/stores/tenant-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import { ApiKeyTable } from './api-key-table.js';
import { LiveDirectoryTables } from './live-directory-tables.js';
import { ManagedKeys } from './managed-keys.js';
import type { PrismaReads } from './prisma-reads.js';
import { Revocations } from './revocations.js';
import { Tenants } from './tenants.js';

interface TenancyPortDeps {
  prisma: PrismaReads;
  database: Database;
  audit: AuditLog;
  clock: Clock;
  metrics: Metrics;
}

/**
 * Creates the part of the store that keeps tenants, their keys and live topics, and the
 * revocations of recipients.
 */
export function tenancyPort({ prisma, database, audit, clock, metrics }: TenancyPortDeps) {
  const tenants = new Tenants(prisma, database, audit, clock);
  const apiKeys = new ApiKeyTable(database, clock);
  const managedKeys = new ManagedKeys(database, audit, clock);
  const revocations = new Revocations(database, audit, metrics);
  const directory: LiveDirectory = new LiveDirectoryTables(audit, database);
  return {
    directory,
    createTenant: (...args) => tenants.createTenant(...args),
    listTenants: () => tenants.listTenants(),
    findTenant: (name) => tenants.findTenant(name),
    disableTenant: (...args) => tenants.disableTenant(...args),
    enableTenant: (...args) => tenants.enableTenant(...args),
    findTenantLimits: (name) => tenants.findTenantLimits(name),
    changeTenantLimits: (...args) => tenants.changeTenantLimits(...args),
    ownLimits: (tenantId) => tenants.ownLimits(tenantId),
    deleteTenant: (...args) => tenants.deleteTenant(...args),
    createKey: (...args) => managedKeys.createKey(...args),
    createFirstKey: (...args) => apiKeys.createFirstKey(...args),
    listKeys: (tenantId) => managedKeys.listKeys(tenantId),
    awaitsFirstKey: (tenant) => apiKeys.awaitsFirstKey(tenant),
    widenFirstKey: (...args) => apiKeys.widenFirstKey(...args),
    findOwnKey: (...args) => managedKeys.findOwnKey(...args),
    makeKey: (...args) => managedKeys.makeKey(...args),
    revokeOwnKey: (...args) => managedKeys.revokeOwnKey(...args),
    revokeKey: (...args) => managedKeys.revokeKey(...args),
    findKey: (hash) => apiKeys.findKey(hash),
    touchKey: (keyId) => apiKeys.touchKey(keyId),
    ensureBootstrapKey: (...args) => apiKeys.ensureBootstrapKey(...args),
    revoke: (...args) => revocations.revoke(...args),
    erase: (...args) => revocations.erase(...args),
    revocationsSince: (...args) => revocations.since(...args),
  } satisfies TenantStore &
    ApiKeyStore &
    Pick<LimitStore, 'ownLimits'> &
    ManagedKeyStore &
    Partial<RevocationStore & DeliveryStore> & { directory: LiveDirectory };
}
