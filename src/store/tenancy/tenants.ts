import type { AuditNote } from '../../core/domain/audit.js';
import { badInput } from '../../core/domain/errors.js';
import { type LimitChange, type OwnLimits, readOwnLimits } from '../../core/domain/tenant-limits.js';
import type { TenantRecord, TenantStore, TenantWithLimits } from '../../core/ports/stores/tenant-store.js';
import type { Clock } from '../../lib/time/clock.js';
import { timeOrderedId } from '../../lib/time-ordered-id.js';
import type { AuditLog } from '../audit/audit-log.js';
import type { Database } from '../database/database.js';
import { adminOf, INTERNAL, recallOf } from '../sharing/work.js';
import { deleteInBatches } from './delete-in-batches.js';
import type { PrismaReads } from './prisma-reads.js';

/** Tables that belong to a tenant and have no foreign key, with their primary keys. */
const TABLES = [
  ['messages', 'tenant_id, id'],
  ['global_messages', 'tenant_id, id'],
  ['idempotency_keys', 'tenant_id, key'],
  ['revocations', 'tenant_id, recipient_hash'],
  ['activity', 'tenant_id, recipient, id'],
  ['overdue_checks', 'tenant_id, message_id'],
  ['status_event_inbox', 'seq'],
  ['status_events', 'tenant_id, number'],
  ['webhook_queue', 'tenant_id, webhook_id, number, request_id'],
  ['webhook_given_up', 'tenant_id, webhook_id, number'],
  ['webhook_attempts', 'tenant_id, webhook_id, id'],
] as const;

/**
 * Tables of usage, which are no rows of the tenant's own and are not counted, with what tells a row from
 * others.
 */
const USAGE_TABLES = [
  ['usage_hours', 'tenant_id, hour'],
  ['usage_deltas', 'ctid'],
  ['usage_reports', 'ctid'],
] as const;

const RECORD = { select: { id: true, name: true, createdAt: true, disabledAt: true } } as const;

interface TenantRow {
  id: string;
  name: string;
  created_at: Date;
  disabled_at: Date | null;
}

const RETURNING = 'RETURNING id, name, created_at, disabled_at';

const CREATE = `INSERT INTO tenants (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING ${RETURNING}`;

const DISABLE = `UPDATE tenants SET disabled_at = coalesce(disabled_at, $2) WHERE name = $1 ${RETURNING}`;

// Its tokens are revoked, too: its clients are not to ask for others, as those of a disabled tenant do.
const DISABLE_FOR_GOOD = `
  UPDATE tenants SET disabled_at = coalesce(disabled_at, $2), revocation = nextval('revocation_seq'),
    revoked_at = date_trunc('milliseconds', clock_timestamp())
  WHERE name = $1 ${RETURNING}`;

// The number is drawn from the sequence of recipients' revocations: tokens carry the greater of the two.
const ENABLE = `
  UPDATE tenants SET disabled_at = NULL,
    revocation = CASE WHEN $2::boolean THEN nextval('revocation_seq') ELSE revocation END,
    revoked_at = CASE WHEN $2::boolean THEN date_trunc('milliseconds', clock_timestamp()) ELSE revoked_at END
  WHERE name = $1 ${RETURNING}`;

const WITH_LIMITS = 'SELECT id, name, limits FROM tenants WHERE name = $1';

// One statement, so that two commands at once lose nothing of each other's change.
const CHANGE_LIMITS = `
  UPDATE tenants SET limits = nullif((coalesce(limits, '{}') || $2::jsonb) - $3::text[], '{}')
  WHERE name = $1 RETURNING id, name, limits`;

interface LimitsRow {
  id: string;
  name: string;
  limits: unknown;
}

const toTenantWithLimits = ([row]: readonly LimitsRow[]): TenantWithLimits | null =>
  row === undefined ? null : { id: row.id, name: row.name, own: readOwnLimits(row.limits) };

/** Deletes all rows of a tenant but what the audit log tells of it. Returns how many there were. */
async function deleteTenantRows(database: Database, tenantId: string): Promise<number> {
  let rows = 0;
  for (const [table, key] of TABLES) {
    const { deleted } = await deleteInBatches(database, {
      work: recallOf(tenantId),
      table,
      key,
      condition: 'm.tenant_id = $1',
      values: [tenantId],
    });
    rows += deleted;
  }
  for (const [table, key] of USAGE_TABLES)
    await deleteInBatches(database, { work: recallOf(tenantId), table, key, condition: 'm.tenant_id = $1', values: [tenantId] });
  return rows;
}

/** Keeps the tenants, and deletes what belongs to one. */
export class Tenants implements TenantStore {
  constructor(
    private readonly prisma: PrismaReads,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  async createTenant(name: string, note: AuditNote | null = null): Promise<TenantRecord> {
    const now = new Date(this.clock.now());
    return this.audit.transaction(note, async ({ query }) => {
      const [row] = await query<TenantRow>(CREATE, [timeOrderedId(now.getTime()), name, now]);
      if (!row) throw badInput('name', `There is a tenant named ${name} already.`);
      return found(row, note);
    });
  }

  listTenants(): Promise<TenantRecord[]> {
    return this.prisma.read(adminOf(null), ({ tenant }) => tenant.findMany({ orderBy: { name: 'asc' }, ...RECORD }));
  }

  findTenant(name: string): Promise<TenantRecord | null> {
    return this.prisma.read(adminOf(null), ({ tenant }) => tenant.findUnique({ where: { name }, ...RECORD }));
  }

  disableTenant(name: string, note: AuditNote | null = null): Promise<TenantRecord | null> {
    return this.#change(note, DISABLE, [name, new Date(this.clock.now())]);
  }

  enableTenant(name: string, revokeTokens: boolean, note: AuditNote | null = null): Promise<TenantRecord | null> {
    return this.#change(note, ENABLE, [name, revokeTokens]);
  }

  async findTenantLimits(name: string): Promise<TenantWithLimits | null> {
    return toTenantWithLimits(await this.database.query<LimitsRow>(WITH_LIMITS, [name], { work: adminOf(null) }));
  }

  async changeTenantLimits(name: string, change: LimitChange, note: AuditNote | null = null): Promise<TenantWithLimits | null> {
    const entries = Object.entries(change);
    const given = entries.flatMap(([policy, limit]) => (limit === 'default' ? [] : [[policy, limit === 'none' ? null : limit]]));
    const byDefault = entries.flatMap(([policy, limit]) => (limit === 'default' ? [policy] : []));
    const values = [name, JSON.stringify(Object.fromEntries(given)), byDefault];
    return this.audit.transaction(note, async ({ query }) => {
      const tenant = toTenantWithLimits(await query<LimitsRow>(CHANGE_LIMITS, values));
      if (note !== null && tenant !== null) note.tenantId = tenant.id;
      return tenant;
    });
  }

  async ownLimits(tenantId: string): Promise<OwnLimits | null> {
    const [row] = await this.database.query<LimitsRow>('SELECT limits FROM tenants WHERE id = $1', [tenantId], {
      work: INTERNAL,
    });
    return readOwnLimits(row?.limits);
  }

  async deleteTenant(
    name: string,
    onDisabled?: (tenant: TenantRecord) => Promise<void>,
    note: AuditNote | null = null,
  ): Promise<{ id: string; rows: number } | null> {
    const tenant = await this.#change(note, DISABLE_FOR_GOOD, [name, new Date(this.clock.now())]);
    if (!tenant) return null;
    await onDisabled?.(tenant);
    const rows = await deleteTenantRows(this.database, tenant.id);
    // Its keys go with it. Rows that nodes wrote before they heard of it are left to retention, and usage
    // that
    // they count from now on is dropped when it is summed up.
    await this.audit.finish(note, (query) => query('DELETE FROM tenants WHERE id = $1', [tenant.id]));
    return { id: tenant.id, rows };
  }

  #change(note: AuditNote | null, statement: string, values: readonly unknown[]): Promise<TenantRecord | null> {
    return this.audit.transaction(note, async ({ query }) => {
      const [row] = await query<TenantRow>(statement, values);
      return row ? found(row, note) : null;
    });
  }
}

/** Returns a tenant that was asked for by name. From here on the note knows whose entry it is. */
function found({ id, name, created_at, disabled_at }: TenantRow, note: AuditNote | null): TenantRecord {
  if (note !== null) note.tenantId = id;
  return { id, name, createdAt: created_at, disabledAt: disabled_at };
}
