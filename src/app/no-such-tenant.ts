import type { TenantStore } from '../core/ports/stores/tenant-store.js';
import { CommandFailed } from './command-failed.js';

/** Names this many of the tenants that there are. */
const NAMED = 10;

/** Says that there is no such tenant, and which there are. */
export async function noSuchTenant(name: string, tenants: Pick<TenantStore, 'listTenants'>): Promise<CommandFailed> {
  const names = (await tenants.listTenants()).map((tenant) => JSON.stringify(tenant.name));
  const others = names.length - NAMED;
  const shown = others > 0 ? `${names.slice(0, NAMED).join(', ')} and ${others} more` : names.join(', ');
  return new CommandFailed(
    `there is no tenant "${name}"; ${names.length === 0 ? 'there is none: make one with "tidings tenant create NAME"' : `there is: ${shown}`}`,
  );
}
