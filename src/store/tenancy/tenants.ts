import { v7 as uuidv7 } from 'uuid';
import { badInput } from '../../core/domain/errors.js';
import type { TenantRecord, TenantStore } from '../../core/ports/stores/tenant-store.js';
import type { PrismaClient } from '../../generated/prisma/client.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Database } from '../database/database.js';
import { deleteInBatches } from './delete-in-batches.js';
import { callPrisma, isUniqueViolation, writeDurably } from './prisma-calls.js';

/** Tables that belong to a tenant and have no foreign key, with their primary keys. */
const TABLES = [
  ['messages', 'tenant_id, id'],
  ['global_messages', 'tenant_id, id'],
  ['idempotency_keys', 'tenant_id, key'],
  ['revocations', 'tenant_id, recipient_hash'],
] as const;

const WITHOUT_REVOCATION = { omit: { revocation: true, revokedAt: true } } as const;

// The number is drawn from the sequence of recipients' revocations: tokens carry the greater of the two.
const ENABLE = `
  UPDATE tenants SET disabled_at = NULL,
    revocation = CASE WHEN $2::boolean THEN nextval('revocation_seq') ELSE revocation END,
    revoked_at = CASE WHEN $2::boolean THEN date_trunc('milliseconds', clock_timestamp()) ELSE revoked_at END
  WHERE name = $1`;

/** Deletes all rows of a tenant. Returns how many there were. */
async function deleteTenantRows(database: Database, tenantId: string): Promise<number> {
  let rows = 0;
  for (const [table, key] of TABLES) {
    const { deleted } = await deleteInBatches(database, { table, key, condition: 'm.tenant_id = $1', values: [tenantId] });
    rows += deleted;
  }
  return rows;
}

/** Keeps the tenants, and deletes what belongs to one. */
export class Tenants implements TenantStore {
  constructor(
    private readonly prisma: PrismaClient,
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async createTenant(name: string): Promise<TenantRecord> {
    const data = { id: uuidv7({ msecs: this.clock.now() }), name, createdAt: new Date(this.clock.now()) };
    return writeDurably(this.prisma, () => this.prisma.tenant.create({ data, ...WITHOUT_REVOCATION })).catch((error) => {
      throw isUniqueViolation(error) ? badInput('name', `There is a tenant named ${name} already.`) : error;
    });
  }

  listTenants(): Promise<TenantRecord[]> {
    return callPrisma('read', () => this.prisma.tenant.findMany({ orderBy: { name: 'asc' }, ...WITHOUT_REVOCATION }));
  }

  findTenant(name: string): Promise<TenantRecord | null> {
    return callPrisma('read', () => this.prisma.tenant.findUnique({ where: { name }, ...WITHOUT_REVOCATION }));
  }

  async disableTenant(name: string): Promise<TenantRecord | null> {
    const disabledAt = new Date(this.clock.now());
    await writeDurably(this.prisma, () =>
      this.prisma.tenant.updateMany({ where: { name, disabledAt: null }, data: { disabledAt } }),
    );
    return this.findTenant(name);
  }

  async enableTenant(name: string, revokeTokens: boolean): Promise<TenantRecord | null> {
    await this.database.transaction(({ query }) => query(ENABLE, [name, revokeTokens]));
    return this.findTenant(name);
  }

  async deleteTenant(
    name: string,
    onDisabled?: (tenant: TenantRecord) => Promise<void>,
  ): Promise<{ id: string; rows: number } | null> {
    const tenant = await this.disableTenant(name);
    if (!tenant) return null;
    await onDisabled?.(tenant);
    const rows = await deleteTenantRows(this.database, tenant.id);
    // Its keys go with it. Rows that nodes wrote before they heard of it are left to retention.
    await writeDurably(this.prisma, () => this.prisma.tenant.deleteMany({ where: { id: tenant.id } }));
    return { id: tenant.id, rows };
  }
}
