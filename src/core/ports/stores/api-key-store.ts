export interface ApiKeyRecord {
  id: string;
  tenantId: string;
  /** The first characters of the key, to tell keys apart. */
  prefix: string;
  name: string | null;
  scope: string;
  /** Came from BOOTSTRAP_API_KEY. */
  bootstrap: boolean;
  createdAt: Date;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** At most a minute behind. */
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

/** What decides whether a key may call, and what. */
export interface FoundApiKey {
  keyId: string;
  tenantId: string;
  scope: string;
  hash: Buffer;
  expiresAt: Date | null;
  revokedAt: Date | null;
  /** The tenant is not disabled. */
  tenantActive: boolean;
}

export interface ApiKeyStore {
  createKey(key: NewApiKey): Promise<ApiKeyRecord>;
  /** Oldest first. */
  listKeys(tenantId: string): Promise<ApiKeyRecord[]>;
  /** Null if there is no such key; revoking twice changes nothing. */
  revokeKey(id: string): Promise<ApiKeyRecord | null>;
  findKey(hash: Buffer): Promise<FoundApiKey | null>;
  /** Notes that the key was used: in the background, at most once a minute per key, never fails. */
  touchKey(keyId: string): void;
  /**
   * Makes sure that this key exists, for tenant `default` (which is made if need be), with full scope. Other bootstrap keys are revoked;
   * a revoked one is not revived.
   */
  ensureBootstrapKey(hash: Buffer, prefix: string): Promise<void>;
}
