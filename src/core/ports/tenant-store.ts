/** Who calls the API: a key of one tenant, with what it may do. */
export interface Principal {
  tenantId: string;
  keyId: string;
  scope: Scope;
}

export type OperationType = 'query' | 'mutation' | 'subscription';

/** What a key may do, compiled from its text. */
export interface Scope {
  allows(operation: OperationType, field: string): boolean;
}

const PREFIX = 'websockets-manager-api';
const ENTRY = new RegExp(`^${PREFIX}:(query|mutation|subscription):(\\*|[_A-Za-z][_0-9A-Za-z]*)$`);

/** The entries of a scope's text, or the first that is malformed. */
export function parseScope(text: string): { entries: Array<[OperationType, string]> } | { malformed: string } {
  const entries: Array<[OperationType, string]> = [];
  for (const part of text.split(/\s+/)) {
    if (part === '') continue;
    const match = ENTRY.exec(part);
    if (!match) return { malformed: part };
    entries.push([match[1] as OperationType, match[2] as string]);
  }
  return { entries };
}

/** Entries that are malformed grant nothing; an empty scope grants nothing. */
export function compileScope(text: string): Scope {
  const parsed = text.split(/\s+/).flatMap((part) => {
    const scope = parseScope(part);
    return 'entries' in scope ? scope.entries : [];
  });
  const granted = new Set(parsed.map(([operation, field]) => `${operation}:${field}`));
  return { allows: (operation, field) => granted.has(`${operation}:*`) || granted.has(`${operation}:${field}`) };
}

/** A key that may call everything. */
export const FULL_SCOPE = `${PREFIX}:query:* ${PREFIX}:mutation:* ${PREFIX}:subscription:*`;

/** Name of the tenant that BOOTSTRAP_API_KEY belongs to. */
export const DEFAULT_TENANT = 'default';

export interface TenantRecord {
  id: string;
  name: string;
  createdAt: Date;
  /** From here on its keys and tokens are dead. */
  disabledAt: Date | null;
}

export interface TenantStore {
  /** Throws BAD_USER_INPUT (`field: 'name'`) if the name is taken. */
  createTenant(name: string): Promise<TenantRecord>;
  /** By name. */
  listTenants(): Promise<TenantRecord[]>;
  findTenant(name: string): Promise<TenantRecord | null>;
  /** Keys and tokens die; everything stays where it is. Null if there is no such tenant; disabling twice changes nothing. */
  disableTenant(name: string): Promise<TenantRecord | null>;
  /**
   * Disables, then deletes all that belongs to the tenant in batches, and at last the tenant. One that was interrupted can be repeated.
   * Null if there is no such tenant.
   * @param onDisabled called once keys and tokens are dead, before any row is deleted
   */
  deleteTenant(name: string, onDisabled?: (tenant: TenantRecord) => Promise<void>): Promise<{ id: string; rows: number } | null>;
}

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
