import type { LiveDirectory } from '../../core/ports/live-directory.js';
import type { Metrics } from '../../core/ports/metrics.js';
import type { ApiKeyStore } from '../../core/ports/stores/api-key-store.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { ManagedKeyStore } from '../../core/ports/stores/managed-key-store.js';
import type { RevocationStore } from '../../core/ports/stores/revocation-store.js';
import type { TenantStore } from '../../core/ports/stores/tenant-store.js';
import type { PrismaClient } from '../../generated/prisma/client.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Database } from '../database/database.js';
import { ApiKeyTable } from './api-key-table.js';
import { LiveDirectoryTables } from './live-directory-tables.js';
import { ManagedKeys } from './managed-keys.js';
import { Revocations } from './revocations.js';
import { Tenants } from './tenants.js';

interface TenancyPortDeps {
  prisma: PrismaClient;
  database: Database;
  clock: Clock;
  metrics: Metrics;
}

/**
 * Creates the part of the store that keeps tenants, their keys and live topics, and the
 * revocations of recipients.
 */
export function tenancyPort({ prisma, database, clock, metrics }: TenancyPortDeps) {
  const tenants = new Tenants(prisma, database, clock);
  const apiKeys = new ApiKeyTable(prisma, database, clock);
  const managedKeys = new ManagedKeys(database, clock);
  const revocations = new Revocations(database, metrics);
  const directory: LiveDirectory = new LiveDirectoryTables(prisma, database);
  return {
    directory,
    createTenant: (name) => tenants.createTenant(name),
    listTenants: () => tenants.listTenants(),
    findTenant: (name) => tenants.findTenant(name),
    disableTenant: (name) => tenants.disableTenant(name),
    enableTenant: (...args) => tenants.enableTenant(...args),
    deleteTenant: (...args) => tenants.deleteTenant(...args),
    createKey: (key) => apiKeys.createKey(key),
    createFirstKey: (...args) => apiKeys.createFirstKey(...args),
    listKeys: (tenantId) => apiKeys.listKeys(tenantId),
    widenFirstKey: (...args) => apiKeys.widenFirstKey(...args),
    findOwnKey: (...args) => managedKeys.findOwnKey(...args),
    makeKey: (key) => managedKeys.makeKey(key),
    revokeOwnKey: (revocation) => managedKeys.revokeOwnKey(revocation),
    revokeKey: (id, descendants) => managedKeys.revokeKey(id, descendants),
    findKey: (hash) => apiKeys.findKey(hash),
    touchKey: (keyId) => apiKeys.touchKey(keyId),
    ensureBootstrapKey: (...args) => apiKeys.ensureBootstrapKey(...args),
    revoke: (...args) => revocations.revoke(...args),
    erase: (...args) => revocations.erase(...args),
    revocationsSince: (...args) => revocations.since(...args),
  } satisfies TenantStore &
    ApiKeyStore &
    ManagedKeyStore &
    Partial<RevocationStore & DeliveryStore> & { directory: LiveDirectory };
}
