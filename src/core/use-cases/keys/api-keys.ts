import type { ApiKeyRecord } from '../../ports/stores/api-key-store.js';
import type { ManagedKeyStore } from '../../ports/stores/managed-key-store.js';

/** Lists a tenant's keys, the oldest first. */
export const apiKeys =
  ({ store }: { store: Pick<ManagedKeyStore, 'listKeys'> }) =>
  (tenantId: string): Promise<ApiKeyRecord[]> =>
    store.listKeys(tenantId);
