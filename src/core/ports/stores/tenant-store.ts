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
