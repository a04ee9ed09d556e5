export interface ApiKeyRecord {
  id: string;
  tenantId: string;
  /** First characters of the key, to tell keys apart. */
  prefix: string;
  name: string | null;
  scope: string;
  /** True if the key came from BOOTSTRAP_API_KEY. */
  bootstrap: boolean;
  createdAt: Date;
  expiresAt: Date | null;
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
  expiresAt: Date | null;
}

/** Properties of a key that decide whether it may call, and what. */
export interface FoundApiKey {
  keyId: string;
  tenantId: string;
  scope: string;
  hash: Buffer;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** True if the tenant is not disabled. */
  tenantActive: boolean;
}

export interface ApiKeyStore {
  createKey(key: NewApiKey): Promise<ApiKeyRecord>;
  /**
   * Makes a tenant and its first key in one commit. Returns false, and changes nothing, if that tenant has or
   * had a key.
   */
  createFirstKey(tenant: string, key: Pick<NewApiKey, 'hash' | 'prefix' | 'name' | 'scope'>): Promise<boolean>;
  /** Lists the oldest key first. */
  listKeys(tenantId: string): Promise<ApiKeyRecord[]>;
  /** Returns null if there is no such key. Revoking twice changes nothing. */
  revokeKey(id: string): Promise<ApiKeyRecord | null>;
  findKey(hash: Buffer): Promise<FoundApiKey | null>;
  /** Records the use of a key: in the background, at most once a minute per key. Never fails. */
  touchKey(keyId: string): void;
  /**
   * Makes sure that this key exists with full scope, for tenant `default`. Creates the tenant if it is
   * missing, and revokes other bootstrap keys; does not revive a revoked one.
   */
  ensureBootstrapKey(hash: Buffer, prefix: string): Promise<void>;
}
