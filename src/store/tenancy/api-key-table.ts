import { LRUCache } from 'lru-cache';
import { FULL_SCOPE } from '../../core/domain/roles.js';
import { readOwnLimits } from '../../core/domain/tenant-limits.js';
import type { ApiKeyStore, FoundApiKey } from '../../core/ports/stores/api-key-store.js';
import { DEFAULT_TENANT } from '../../core/ports/stores/tenant-store.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import { bootstrapLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { adminOf, INTERNAL } from '../sharing/work.js';
import { formsOf, keyOfForm, storedForm } from './key-rows.js';

/** Looks this many keys up in one statement, of which one runs at a time. */
const LOOKED_UP_AT_ONCE = 500;
/** Notes the use of a key once in this time, in milliseconds. */
const TOUCH_INTERVAL_MS = 60_000;

const FIND = `
  SELECT k.id, k.tenant_id, k.prefix, k.name, k.role, k.scope, k.hash, k.expires_at, k.revoked_at, t.disabled_at IS NULL AS active, t.limits
  FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = ANY($1::bytea[])`;

interface FoundRow {
  id: string;
  tenant_id: string;
  prefix: string;
  name: string | null;
  role: string | null;
  scope: string;
  hash: Buffer;
  expires_at: Date | null;
  revoked_at: Date | null;
  active: boolean;
  limits: unknown;
}

const AWAITS_FIRST = `
  SELECT NOT EXISTS (SELECT FROM tenants WHERE name <> $1) AND NOT EXISTS (SELECT FROM api_keys) AS awaits`;

/** Full scope before there were fields of administration. */
const FORMER_FULL_SCOPE =
  'websockets-manager-api:query:* websockets-manager-api:mutation:* websockets-manager-api:subscription:*';
/** Migration since which first keys are made with more. */
const KNOWS_MORE = '20261129020000_keys_of_a_tenant';

const WIDEN_FIRST = `
  UPDATE api_keys k SET scope = $4, role = 'full' FROM tenants t
  WHERE t.name = $1 AND k.tenant_id = t.id AND k.name = $2 AND k.scope = $3 AND k.created_by IS NULL AND NOT k.bootstrap
    AND NOT EXISTS (SELECT FROM api_keys o WHERE o.tenant_id = t.id AND o.id < k.id)
    AND k.created_at < (SELECT max(finished_at) FROM _prisma_migrations WHERE migration_name = $5)`;

/** Keeps API keys, by the SHA-256 of each. */
export class ApiKeyTable implements Omit<ApiKeyStore, 'createKey' | 'revokeKey' | 'listKeys'> {
  readonly #touched = new LRUCache<string, true>({ max: 10_000, ttl: TOUCH_INTERVAL_MS });

  /** Wrong keys, however many come, take one connection of the pool; those who wait share a statement. */
  readonly #lookups = new MicroBatcher<Buffer, FoundRow | undefined>((hashes) => this.#find(hashes), {
    maxItems: LOOKED_UP_AT_ONCE,
  });

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  createFirstKey(tenant: string, key: Parameters<ApiKeyStore['createFirstKey']>[1]): Promise<boolean> {
    const { hash, prefix, name, scope, role = null } = key;
    const now = new Date(this.clock.now());
    return this.database.transaction(
      async ({ query }) => {
        await query('SELECT pg_advisory_xact_lock($1::bigint)', [bootstrapLock]);
        await this.#ensureTenant(query, tenant, now);
        const made = await query(
          `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, scope, created_at, role)
         SELECT $1, t.id, $2, $3, $4, $5, $6, $8 FROM tenants t
         WHERE t.name = $7 AND NOT EXISTS (SELECT FROM api_keys k WHERE k.tenant_id = t.id) RETURNING id`,
          [timeOrderedId(now.getTime()), storedForm(hash, scope), prefix, name, scope, now, tenant, role],
        );
        return made.length > 0;
      },
      { work: adminOf(null) },
    );
  }

  async awaitsFirstKey(tenant: string): Promise<boolean> {
    const [row] = await this.database.query<{ awaits: boolean }>(AWAITS_FIRST, [tenant], { work: adminOf(null) });
    return row?.awaits === true;
  }

  async widenFirstKey(tenant: string, name: string): Promise<void> {
    await this.database.query(WIDEN_FIRST, [tenant, name, FORMER_FULL_SCOPE, FULL_SCOPE, KNOWS_MORE], {
      work: adminOf(null),
      write: true,
    });
  }

  async findKey(hash: Buffer): Promise<FoundApiKey | null> {
    const row = await this.#lookups.add(hash);
    if (!row) return null;
    return {
      keyId: row.id,
      tenantId: row.tenant_id,
      prefix: row.prefix,
      name: row.name,
      role: row.role,
      scope: row.scope,
      hash: keyOfForm(row.hash),
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      tenantActive: row.active,
      tenantLimits: readOwnLimits(row.limits),
    };
  }

  async #find(hashes: readonly Buffer[]): Promise<Array<FoundRow | undefined>> {
    const rows = await this.database.query<FoundRow>(FIND, [hashes.flatMap(formsOf)], { work: INTERNAL });
    const byHash = new Map(rows.map((row) => [keyOfForm(row.hash).toString('base64'), row]));
    return hashes.map((hash) => byHash.get(hash.toString('base64')));
  }

  touchKey(keyId: string): void {
    if (this.#touched.has(keyId)) return;
    this.#touched.set(keyId, true);
    // Nobody waits for this, and the next use tries again.
    this.database
      .query('UPDATE api_keys SET last_used_at = statement_timestamp() WHERE id = $1', [keyId], { work: INTERNAL })
      .catch(() => this.#touched.delete(keyId));
  }

  async ensureBootstrapKey(hash: Buffer, prefix: string): Promise<void> {
    const now = new Date(this.clock.now());
    await this.database.transaction(
      async ({ query }) => {
        await query('SELECT pg_advisory_xact_lock($1::bigint)', [bootstrapLock]);
        await this.#ensureTenant(query, DEFAULT_TENANT, now);
        await query('UPDATE api_keys SET revoked_at = $2 WHERE bootstrap AND hash <> $1 AND revoked_at IS NULL', [hash, now]);
        await query(
          `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, scope, role, bootstrap, created_at)
         SELECT $1, t.id, $2, $3, 'BOOTSTRAP_API_KEY', $4, 'full', true, $5 FROM tenants t
         WHERE t.name = $6 AND NOT EXISTS (SELECT FROM api_keys k WHERE k.hash = ANY($7::bytea[]))
         ON CONFLICT (hash) DO NOTHING`,
          [timeOrderedId(now.getTime()), hash, prefix, FULL_SCOPE, now, DEFAULT_TENANT, formsOf(hash)],
        );
        // Full scope says more than it did when a former version made the key.
        await query("UPDATE api_keys SET scope = $2, role = 'full' WHERE hash = $1 AND bootstrap AND scope <> $2", [
          hash,
          FULL_SCOPE,
        ]);
      },
      { work: adminOf(null) },
    );
  }

  async #ensureTenant(query: RunStatement, name: string, now: Date): Promise<void> {
    await query('INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING', [
      timeOrderedId(now.getTime()),
      name,
      now,
    ]);
  }
}
