import type { AuditNote } from '../../core/domain/audit.js';
import { TidingsError } from '../../core/domain/errors.js';
import { LIMITS } from '../../core/domain/limits.js';
import { isUuid } from '../../core/domain/message-ids.js';
import type { ApiKeyRecord, NewApiKey } from '../../core/ports/stores/api-key-store.js';
import type { KeyRevocation, MadeKey, ManagedKeyStore } from '../../core/ports/stores/managed-key-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import type { RunStatement } from '../database/run-statement.js';
import { adminOf } from '../sharing/work.js';
import { type KeyRow, recordOf, storedForm } from './key-rows.js';

/** Keeps this many of a tenant's keys that have ended. */
const KEPT_ENDED = 1000;
/** Deletes this many of the oldest when one is made: more than one, so that they become fewer. */
const DELETED_AT_ONCE = 2;

const ALIVE = '(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()))';

const COLUMNS = `id, tenant_id AS "tenantId", prefix, name, role, scope, created_by AS "createdBy",
  descends_from AS "descendsFrom", bootstrap, created_at AS "createdAt", expires_at AS "expiresAt",
  revoked_at AS "revokedAt", revocation_planned_for AS "revocationPlannedFor",
  given_expires_at AS "givenExpiresAt", last_used_at AS "lastUsedAt"`;

// What ended by a planned revocation keeps the moment of that.
const REVOKE_NOW = `revoked_at = clock_timestamp()
  FROM doomed d WHERE k.id = d.id AND k.revoked_at IS NULL
    AND (k.revocation_planned_for IS NULL OR k.revocation_planned_for > clock_timestamp())`;

// Nodes of the former version know `expires_at` alone.
const PLAN = `revocation_planned_for = $4, expires_at = LEAST(k.expires_at, $4),
    given_expires_at = CASE WHEN k.revocation_planned_for IS NULL THEN k.expires_at ELSE k.given_expires_at END
  FROM doomed d WHERE k.id = d.id AND k.revoked_at IS NULL
    AND (k.revocation_planned_for IS NULL OR k.revocation_planned_for > $4)`;

const revoking = (change: string): string => `
  WITH RECURSIVE doomed AS (
    SELECT id FROM api_keys WHERE tenant_id = $1 AND id = $2
    UNION SELECT k.id FROM api_keys k JOIN doomed d ON k.descends_from = d.id WHERE k.tenant_id = $1 AND $3
  ) UPDATE api_keys k SET ${change}`;

const REVOKE_STATEMENTS = { now: revoking(REVOKE_NOW), planned: revoking(PLAN) };

// What the deleted key made comes from the key that made it, from then on.
const DELETE_OLDEST_ENDED = `
  WITH gone AS (
    DELETE FROM api_keys WHERE id = (
      SELECT id FROM api_keys WHERE tenant_id = $1 AND NOT bootstrap AND NOT ${ALIVE}
      ORDER BY coalesce(revoked_at, expires_at), id LIMIT 1
    ) RETURNING id, descends_from
  ) UPDATE api_keys k SET descends_from = g.descends_from FROM gone g WHERE k.tenant_id = $1 AND k.descends_from = g.id`;

interface InsertedKey extends Omit<NewApiKey, 'role'> {
  role: string | null;
  /** The key that makes it; null for an operator. */
  makerId: string | null;
}

/** Keeps what a tenant's keys do to its keys. */
export class ManagedKeys implements ManagedKeyStore {
  constructor(
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async listKeys(tenantId: string): Promise<ApiKeyRecord[]> {
    const rows = await this.database.query<KeyRow>(
      `SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = $1 ORDER BY id`,
      [tenantId],
      {
        work: adminOf(tenantId),
      },
    );
    return rows.map(recordOf);
  }

  async findOwnKey(tenantId: string, id: string): Promise<{ apiKey: ApiKeyRecord; tenant: string } | null> {
    const [row] = await this.database.query<KeyRow & { tenant: string }>(
      `SELECT ${COLUMNS}, (SELECT t.name FROM tenants t WHERE t.id = $1) AS tenant FROM api_keys WHERE tenant_id = $1 AND id = $2`,
      [tenantId, id],
      { work: adminOf(tenantId) },
    );
    if (!row) return null;
    const { tenant, ...key } = row;
    return { apiKey: recordOf(key), tenant };
  }

  /** Makes a key of any scope, as its operator. */
  createKey({ tenantId, ...key }: NewApiKey, note: AuditNote | null = null): Promise<ApiKeyRecord> {
    return this.audit.transaction(note, async ({ query }) => {
      if (note !== null) note.tenantId = tenantId;
      return this.#insert(query, { tenantId, ...key, role: key.role ?? null, makerId: null }, note);
    });
  }

  makeKey({ maker, ...key }: MadeKey, note: AuditNote | null = null): Promise<ApiKeyRecord> {
    return this.audit.transaction(note, async ({ query }) => {
      await lockTenant(query, maker.tenantId);
      const role = await requireMaker(query, maker, key.expiresAt);
      await requireRoom(query, maker.tenantId);
      return this.#insert(query, { ...key, tenantId: maker.tenantId, role, makerId: maker.keyId }, note);
    });
  }

  revokeOwnKey({ tenantId, id, at, descendants }: KeyRevocation, note: AuditNote | null = null): Promise<ApiKeyRecord | null> {
    return this.audit.transaction(note, async ({ query }) => {
      await lockTenant(query, tenantId);
      const [known] = await query<{ bootstrap: boolean }>('SELECT bootstrap FROM api_keys WHERE tenant_id = $1 AND id = $2', [
        tenantId,
        id,
      ]);
      if (!known) return null;
      if (known.bootstrap) throw new TidingsError('FORBIDDEN', 'this key is changed by the variable BOOTSTRAP_API_KEY only');
      return told(note, await revokeKeys(query, { tenantId, id, at, descendants }));
    });
  }

  /** Revokes any key, as its operator. */
  async revokeKey(id: string, descendants = false, note: AuditNote | null = null): Promise<ApiKeyRecord | null> {
    if (!isUuid(id)) return null;
    return this.audit.transaction(note, async ({ query }) => {
      const [key] = await query<{ tenant_id: string }>('SELECT tenant_id FROM api_keys WHERE id = $1', [id]);
      if (!key) return null;
      await lockTenant(query, key.tenant_id);
      if (note !== null) note.tenantId = key.tenant_id;
      return told(note, await revokeKeys(query, { tenantId: key.tenant_id, id, at: null, descendants }));
    });
  }

  async #insert(query: RunStatement, key: InsertedKey, note: AuditNote | null): Promise<ApiKeyRecord> {
    const { tenantId, hash, prefix, name, scope, role, expiresAt, makerId } = key;
    const now = new Date(this.clock.now());
    const [row] = await query<KeyRow>(
      `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, scope, role, expires_at, created_at, created_by, descends_from)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) RETURNING ${COLUMNS}`,
      [timeOrderedId(now.getTime()), tenantId, storedForm(hash, scope), ...[prefix, name, scope, role, expiresAt, now, makerId]],
    );
    return told(note, recordOf(row as KeyRow));
  }
}

/** Tells the audit log which key was made or revoked. */
function told(note: AuditNote | null, key: ApiKeyRecord): ApiKeyRecord {
  if (note !== null) note.subject = { names: { ...note.subject.names, key: key.id, prefix: key.prefix } };
  return key;
}

/** Waits for the tenant's other changes of keys: what a key makes while it is revoked is seen, or refused. */
const lockTenant = (query: RunStatement, tenantId: string) =>
  query('SELECT FROM tenants WHERE id = $1 FOR NO KEY UPDATE', [tenantId]);

async function requireMaker(query: RunStatement, maker: MadeKey['maker'], expiresAt: Date | null): Promise<string | null> {
  // The lock waits for a revocation by an older version, which takes none of the tenant.
  const [row] = await query<{ role: string | null; ends: Date | null; alive: boolean }>(
    `SELECT role, expires_at AS ends, ${ALIVE} AS alive FROM api_keys WHERE tenant_id = $1 AND id = $2 FOR SHARE`,
    [maker.tenantId, maker.keyId],
  );
  if (!row?.alive) throw new TidingsError('UNAUTHENTICATED', 'this key has ended');
  if (row.ends !== null && (expiresAt === null || expiresAt > row.ends)) {
    throw new TidingsError('FORBIDDEN', `a key ends no later than the key that makes it, on ${row.ends.toISOString()}`);
  }
  return row.role;
}

async function requireRoom(query: RunStatement, tenantId: string): Promise<void> {
  const [counted] = await query<{ alive: number; ended: number }>(
    `SELECT count(*) FILTER (WHERE ${ALIVE})::int AS alive, count(*) FILTER (WHERE NOT ${ALIVE} AND NOT bootstrap)::int AS ended
     FROM api_keys WHERE tenant_id = $1`,
    [tenantId],
  );
  const { alive = 0, ended = 0 } = counted ?? {};
  if (alive >= LIMITS.keysPerTenant) {
    throw new TidingsError('QUOTA_EXCEEDED', `a tenant has at most ${LIMITS.keysPerTenant} keys`, {
      limit: LIMITS.keysPerTenant,
    });
  }
  for (let i = 0; i < Math.min(DELETED_AT_ONCE, ended - KEPT_ENDED); i++) await query(DELETE_OLDEST_ENDED, [tenantId]);
}

async function revokeKeys(query: RunStatement, { tenantId, id, at, descendants }: KeyRevocation): Promise<ApiKeyRecord> {
  if (at === null) await query(REVOKE_STATEMENTS.now, [tenantId, id, descendants]);
  else await query(REVOKE_STATEMENTS.planned, [tenantId, id, descendants, at]);
  const [row] = await query<KeyRow>(`SELECT ${COLUMNS} FROM api_keys WHERE tenant_id = $1 AND id = $2`, [tenantId, id]);
  return recordOf(row as KeyRow);
}
