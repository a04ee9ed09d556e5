import type { AuditNote } from '../../domain/audit.js';
import type { ApiKeyRecord, NewApiKey } from './api-key-store.js';

export interface MadeKey extends Omit<NewApiKey, 'tenantId' | 'role'> {
  /** The key that makes it. */
  maker: { tenantId: string; keyId: string };
}

export interface KeyRevocation {
  tenantId: string;
  id: string;
  /** A later moment; null: now. */
  at: Date | null;
  /** Also the keys that it made, and those that they made. */
  descendants: boolean;
}

/**
 * Keys as their tenants manage them: a tenant's changes take place one after the other, each in one commit
 * with its note.
 */
export interface ManagedKeyStore {
  /** Finds a key and the name of its tenant; null if there is none. */
  findOwnKey(tenantId: string, id: string): Promise<{ apiKey: ApiKeyRecord; tenant: string } | null>;
  /** Lists the oldest key first: all that are alive, and of the others the latest 1,000. */
  listKeys(tenantId: string): Promise<ApiKeyRecord[]>;
  /**
   * Makes a key that has the role of its maker. Throws UNAUTHENTICATED if the maker has ended meanwhile,
   * FORBIDDEN if the key would outlive it, QUOTA_EXCEEDED for the 1,001st key of a tenant that is alive.
   */
  makeKey(key: MadeKey, note?: AuditNote | null): Promise<ApiKeyRecord>;
  /**
   * Revokes a key of the tenant. Of several moments the earliest stands. Returns null if there is no such
   * key;
   * throws FORBIDDEN for the one that came from BOOTSTRAP_API_KEY.
   */
  revokeOwnKey(revocation: KeyRevocation, note?: AuditNote | null): Promise<ApiKeyRecord | null>;
}
