import { LRUCache } from 'lru-cache';
import { v7 as uuidv7 } from 'uuid';
import { isUuid } from '../../core/domain/message-ids.js';
import { FULL_SCOPE } from '../../core/domain/scope.js';
import type { ApiKeyRecord, ApiKeyStore, FoundApiKey, NewApiKey } from '../../core/ports/stores/api-key-store.js';
import { DEFAULT_TENANT } from '../../core/ports/stores/tenant-store.js';
import type { PrismaClient } from '../../generated/prisma/client.js';
import { MicroBatcher } from '../../lib/micro-batcher.js';
import type { Clock } from '../../lib/time/clock.js';
import { bootstrapLock } from '../database/advisory-locks.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { callPrisma, writeDurably } from './prisma-calls.js';

/** Looks this many keys up in one statement, of which one runs at a time. */
const LOOKED_UP_AT_ONCE = 500;
/** Notes the use of a key once in this time, in milliseconds. */
const TOUCH_INTERVAL_MS = 60_000;

const FIND = `
  SELECT k.id, k.tenant_id, k.scope, k.hash, k.expires_at, k.revoked_at, t.disabled_at IS NULL AS active
  FROM api_keys k JOIN tenants t ON t.id = k.tenant_id WHERE k.hash = ANY($1::bytea[])`;

interface FoundRow {
  id: string;
  tenant_id: string;
  scope: string;
  hash: Buffer;
  expires_at: Date | null;
  revoked_at: Date | null;
  active: boolean;
}

const WITHOUT_HASH = { omit: { hash: true } } as const;

/** Keeps API keys, by the SHA-256 of each. */
export class ApiKeyTable implements ApiKeyStore {
  readonly #touched = new LRUCache<string, true>({ max: 10_000, ttl: TOUCH_INTERVAL_MS });

  /** Wrong keys, however many come, take one connection of the pool; those who wait share a statement. */
  readonly #lookups = new MicroBatcher<Buffer, FoundRow | undefined>((hashes) => this.#find(hashes), {
    maxItems: LOOKED_UP_AT_ONCE,
  });

  constructor(
    private readonly prisma: PrismaClient,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  createKey({ hash, ...key }: NewApiKey): Promise<ApiKeyRecord> {
    const data = {
      id: uuidv7({ msecs: this.clock.now() }),
      createdAt: new Date(this.clock.now()),
      hash: new Uint8Array(hash),
      ...key,
    };
    return writeDurably(this.prisma, () => this.prisma.apiKey.create({ data, ...WITHOUT_HASH }));
  }

  createFirstKey(tenant: string, { hash, prefix, name, scope }: Parameters<ApiKeyStore['createFirstKey']>[1]): Promise<boolean> {
    const now = new Date(this.clock.now());
    return this.database.transaction(async ({ query }) => {
      await query('SELECT pg_advisory_xact_lock($1::bigint)', [bootstrapLock]);
      await this.#ensureTenant(query, tenant, now);
      const made = await query(
        `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, scope, created_at)
         SELECT $1, t.id, $2, $3, $4, $5, $6 FROM tenants t
         WHERE t.name = $7 AND NOT EXISTS (SELECT FROM api_keys k WHERE k.tenant_id = t.id) RETURNING id`,
        [uuidv7({ msecs: now.getTime() }), hash, prefix, name, scope, now, tenant],
      );
      return made.length > 0;
    });
  }

  listKeys(tenantId: string): Promise<ApiKeyRecord[]> {
    return callPrisma('read', () =>
      this.prisma.apiKey.findMany({ where: { tenantId }, orderBy: { id: 'asc' }, ...WITHOUT_HASH }),
    );
  }

  async revokeKey(id: string): Promise<ApiKeyRecord | null> {
    if (!isUuid(id)) return null;
    const revokedAt = new Date(this.clock.now());
    await writeDurably(this.prisma, () => this.prisma.apiKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt } }));
    return callPrisma('read', () => this.prisma.apiKey.findUnique({ where: { id }, ...WITHOUT_HASH }));
  }

  async findKey(hash: Buffer): Promise<FoundApiKey | null> {
    const row = await this.#lookups.add(hash);
    if (!row) return null;
    return {
      keyId: row.id,
      tenantId: row.tenant_id,
      scope: row.scope,
      hash: row.hash,
      expiresAt: row.expires_at,
      revokedAt: row.revoked_at,
      tenantActive: row.active,
    };
  }

  async #find(hashes: readonly Buffer[]): Promise<Array<FoundRow | undefined>> {
    const rows = await this.database.query<FoundRow>(FIND, [hashes]);
    const byHash = new Map(rows.map((row) => [row.hash.toString('base64'), row]));
    return hashes.map((hash) => byHash.get(hash.toString('base64')));
  }

  touchKey(keyId: string): void {
    if (this.#touched.has(keyId)) return;
    this.#touched.set(keyId, true);
    // Nobody waits for this, and the next use tries again.
    this.database
      .query('UPDATE api_keys SET last_used_at = statement_timestamp() WHERE id = $1', [keyId])
      .catch(() => this.#touched.delete(keyId));
  }

  async ensureBootstrapKey(hash: Buffer, prefix: string): Promise<void> {
    const now = new Date(this.clock.now());
    await this.database.transaction(async ({ query }) => {
      await query('SELECT pg_advisory_xact_lock($1::bigint)', [bootstrapLock]);
      await this.#ensureTenant(query, DEFAULT_TENANT, now);
      await query('UPDATE api_keys SET revoked_at = $2 WHERE bootstrap AND hash <> $1 AND revoked_at IS NULL', [hash, now]);
      await query(
        `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, scope, bootstrap, created_at)
         SELECT $1, t.id, $2, $3, 'BOOTSTRAP_API_KEY', $4, true, $5 FROM tenants t WHERE t.name = $6
         ON CONFLICT (hash) DO NOTHING`,
        [uuidv7({ msecs: now.getTime() }), hash, prefix, FULL_SCOPE, now, DEFAULT_TENANT],
      );
    });
  }
  async #ensureTenant(query: RunStatement, name: string, now: Date): Promise<void> {
    await query('INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING', [
      uuidv7({ msecs: now.getTime() }),
      name,
      now,
    ]);
  }
}
