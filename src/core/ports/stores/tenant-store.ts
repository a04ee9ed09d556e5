import type { AuditNote } from '../../domain/audit.js';
import type { LimitChange, OwnLimits } from '../../domain/tenant-limits.js';

/** Name of the tenant that BOOTSTRAP_API_KEY belongs to. */
export const DEFAULT_TENANT = 'default';

export interface TenantRecord {
  id: string;
  name: string;
  createdAt: Date;
  /** Its keys and tokens are invalid from this moment on. */
  disabledAt: Date | null;
}

/** A tenant with the operator's word about its limits; null: every policy has its default. */
export interface TenantWithLimits {
  id: string;
  name: string;
  own: OwnLimits | null;
}

/** Manages tenants. A note is written with the same commit as the change, unless there is no such tenant. */
export interface TenantStore {
  /** Throws BAD_USER_INPUT (`field: 'name'`) if the name is taken. */
  createTenant(name: string, note?: AuditNote | null): Promise<TenantRecord>;
  /** Lists tenants by name. */
  listTenants(): Promise<TenantRecord[]>;
  findTenant(name: string): Promise<TenantRecord | null>;
  /**
   * Makes the tenant's keys and tokens invalid; its data stays. Returns null if there is no such tenant.
   * Disabling twice changes nothing.
   */
  disableTenant(name: string, note?: AuditNote | null): Promise<TenantRecord | null>;
  /**
   * Undoes a disabling: keys work again, and tokens that have not expired. Returns null if there is no such
   * tenant.
   * @param revokeTokens true: tokens that were issued before stay dead
   */
  enableTenant(name: string, revokeTokens: boolean, note?: AuditNote | null): Promise<TenantRecord | null>;
  /** Returns null if there is no such tenant. */
  findTenantLimits(name: string): Promise<TenantWithLimits | null>;
  /** Changes the limits that are named, and leaves the others. Returns null if there is no such tenant. */
  changeTenantLimits(name: string, change: LimitChange, note?: AuditNote | null): Promise<TenantWithLimits | null>;
  /**
   * Disables the tenant, then deletes in batches all that belongs to it, and last the tenant itself. An
   * interrupted deletion can be repeated. Returns null if there is no such tenant.
   * @param onDisabled called once keys and tokens are dead, before any row is deleted
   * @param note of several steps: the one entry of the tenant that stays
   */
  deleteTenant(
    name: string,
    onDisabled?: (tenant: TenantRecord) => Promise<void>,
    note?: AuditNote | null,
  ): Promise<{ id: string; rows: number } | null>;
}
