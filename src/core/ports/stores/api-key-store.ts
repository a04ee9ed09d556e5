import type { AuditNote } from '../../domain/audit.js';
import type { OwnLimits } from '../../domain/tenant-limits.js';

export interface ApiKeyRecord {
  id: string;
  tenantId: string;
  /** First characters of the key, to tell keys apart. */
  prefix: string;
  name: string | null;
  /** Role whose scope the key, or the first key of its line, was made with. */
  role: string | null;
  scope: string;
  /** Key that made it by the API; it may be gone. */
  createdBy: string | null;
  /** True if the key came from BOOTSTRAP_API_KEY. */
  bootstrap: boolean;
  createdAt: Date;
  expiresAt: Date | null;
  /** When it was revoked, or will be. */
  revokedAt: Date | null;
  /** Is at most a minute behind. */
  lastUsedAt: Date | null;
}

export interface NewApiKey {
  tenantId: string;
  /** SHA-256 of the key. */
  hash: Buffer;
  prefix: string;
  name: string | null;
  scope: string;
  role?: string | null;
  expiresAt: Date | null;
}

/** Properties of a key that decide whether it may call, and what. */
export interface FoundApiKey {
  keyId: string;
  tenantId: string;
  prefix: string;
  name: string | null;
  role: string | null;
  scope: string;
  /** SHA-256 of the key. */
  hash: Buffer;
  /** Its end: by expiry or by a planned revocation, whichever comes first. */
  expiresAt: Date | null;
  /** When it was revoked; a revocation that is still to come is none. */
  revokedAt: Date | null;
  /** True if the tenant is not disabled. */
  tenantActive: boolean;
  /** The operator's word about the tenant's limits; null: every policy has its default. */
  tenantLimits: OwnLimits | null;
}

/** Looks keys up by their hashes, for each call. */
export interface ApiKeyFinder {
  findKey(hash: Buffer): Promise<FoundApiKey | null>;
  /** Records the use of a key: in the background, at most once a minute per key. Never fails. */
  touchKey(keyId: string): void;
}

export interface ApiKeyStore extends ApiKeyFinder {
  createKey(key: NewApiKey, note?: AuditNote | null): Promise<ApiKeyRecord>;
  /**
   * Makes a tenant and its first key in one commit. Returns false, and changes nothing, if that tenant has or
   * had a key.
   */
  createFirstKey(tenant: string, key: Pick<NewApiKey, 'hash' | 'prefix' | 'name' | 'scope' | 'role'>): Promise<boolean>;
  /** Tells whether there is no tenant but this one, and no key. */
  awaitsFirstKey(tenant: string): Promise<boolean>;
  /**
   * Gives the present full scope to a key that a former version made by `createFirstKey`: the oldest of that
   * tenant, of this name, with exactly what was the full scope then, from before the schema knew more.
   */
  widenFirstKey(tenant: string, name: string): Promise<void>;
  /** Lists the oldest key first. */
  listKeys(tenantId: string): Promise<ApiKeyRecord[]>;
  /**
   * Returns null if there is no such key. Revoking twice changes nothing.
   * @param descendants also revokes what the key made, and what those made
   */
  revokeKey(id: string, descendants?: boolean, note?: AuditNote | null): Promise<ApiKeyRecord | null>;
  /**
   * Makes sure that this key exists with full scope, for tenant `default`. Creates the tenant if it is
   * missing, and revokes other bootstrap keys; does not revive a revoked one.
   */
  ensureBootstrapKey(hash: Buffer, prefix: string): Promise<void>;
}
