import { TidingsError } from '../../domain/errors.js';
import type { Principal } from '../../domain/scope.js';
import type { TenantLimit } from '../../domain/tenant-limits.js';
import type { ApiKeyRecord } from '../../ports/stores/api-key-store.js';
import type { ManagedKeyStore } from '../../ports/stores/managed-key-store.js';
import type { TenantLimiter } from '../../ports/tenant-limiter.js';

interface CurrentKeyDeps {
  store: Pick<ManagedKeyStore, 'findOwnKey'>;
  limiter: Pick<TenantLimiter, 'limits'>;
}

/** Tells a caller what its key is. */
export const currentKey =
  ({ store, limiter }: CurrentKeyDeps) =>
  async ({ tenantId, keyId }: Principal): Promise<{ apiKey: ApiKeyRecord; tenant: string; limits: TenantLimit[] }> => {
    const found = await store.findOwnKey(tenantId, keyId);
    // A node believes for some seconds in a key that is gone.
    if (!found) throw new TidingsError('UNAUTHENTICATED', 'this key is there no more');
    return { ...found, limits: limiter.limits(tenantId) };
  };
