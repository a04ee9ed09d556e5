import { CommandFailed } from '../app/command-failed.js';
import type { TenantRecord } from '../core/ports/stores/tenant-store.js';
import { type CliContext, withTenancy } from './cli-context.js';
import { print, table } from './print.js';

interface Options {
  json?: boolean;
}

const shown = ({ id, name, createdAt, disabledAt }: TenantRecord) => ({ id, name, createdAt, disabledAt });

const NAME_CHARS = 128;

function requireName(name: string): void {
  if (name.trim() !== name || name === '' || [...name].length > NAME_CHARS || /[\p{C}]/u.test(name)) {
    throw new CommandFailed(
      `a tenant's name has 1 to ${NAME_CHARS} characters, without control characters or blanks at its ends`,
    );
  }
}

export const noSuchTenant = (name: string) => new CommandFailed(`there is no tenant "${name}"`);

export async function createTenant(context: CliContext, name: string, { json = false }: Options): Promise<void> {
  requireName(name);
  const tenant = await withTenancy(context, ({ tenants, audited }) =>
    audited('tenant.create', { names: { tenant: name } }, (note) => tenants.createTenant(name, note)),
  );
  print(context.io, json, shown(tenant), [`created tenant "${tenant.name}" (${tenant.id})`]);
}

export async function listTenants(context: CliContext, { json = false }: Options): Promise<void> {
  const tenants = (await withTenancy(context, (tenancy) => tenancy.tenants.listTenants())).map(shown);
  const rows = tenants.map(({ name, id, createdAt, disabledAt }) => [name, id, createdAt, disabledAt]);
  print(context.io, json, tenants, table(['NAME', 'ID', 'CREATED', 'DISABLED'], rows));
}

export async function disableTenant(context: CliContext, name: string, { json = false }: Options): Promise<void> {
  const tenant = await withTenancy(context, async ({ tenants, announceDisabled, audited }) => {
    const disabled = await audited('tenant.disable', { names: { tenant: name } }, (note) => tenants.disableTenant(name, note));
    if (disabled) await announceDisabled(disabled.id);
    return disabled;
  });
  if (!tenant) throw noSuchTenant(name);
  print(context.io, json, shown(tenant), [`disabled tenant "${name}": its keys and tokens are dead`]);
}

interface EnableOptions extends Options {
  revokeTokens?: boolean;
}

export async function enableTenant(context: CliContext, name: string, options: EnableOptions): Promise<void> {
  const { json = false, revokeTokens = false } = options;
  const names = { tenant: name, tokens: revokeTokens ? 'revoked' : null };
  const tenant = await withTenancy(context, ({ tenants, announceDisabled, audited }) =>
    audited('tenant.enable', { names, severalSteps: revokeTokens }, async (note) => {
      // Closes what is connected with the tokens that are to be dead.
      const disabled = revokeTokens ? await tenants.disableTenant(name, note) : null;
      if (disabled) await announceDisabled(disabled.id);
      return tenants.enableTenant(name, revokeTokens, note);
    }),
  );
  if (!tenant) throw noSuchTenant(name);
  const tokens = revokeTokens ? 'tokens that were issued before are dead' : 'so do tokens that have not expired';
  print(context.io, json, shown(tenant), [`enabled tenant "${name}": its keys work; ${tokens}`]);
}

export async function deleteTenant(context: CliContext, name: string, options: Options & { yes?: boolean }): Promise<void> {
  if (!options.yes) throw new CommandFailed(`this deletes tenant "${name}" with all its keys and messages: repeat it with --yes`);
  const deleted = await withTenancy(context, ({ tenants, announceDisabled, audited }) =>
    audited('tenant.delete', { names: { tenant: name }, severalSteps: true }, (note) =>
      tenants.deleteTenant(name, (tenant) => announceDisabled(tenant.id), note),
    ),
  );
  if (!deleted) throw noSuchTenant(name);
  const data = { id: deleted.id, name, rows: deleted.rows };
  print(context.io, options.json ?? false, data, [`deleted tenant "${name}" and ${deleted.rows} rows of it`]);
}
