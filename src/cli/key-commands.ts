import { CommandFailed } from '../app/command-failed.js';
import type { Tenancy } from '../app/contracts.js';
import { requireScopeOrRole } from '../app/key-scope.js';
import { noSuchTenant } from '../app/no-such-tenant.js';
import { parseDuration } from '../config/index.js';
import { newApiKey } from '../core/domain/api-key.js';
import { isUuid } from '../core/domain/message-ids.js';
import type { ApiKeyRecord } from '../core/ports/stores/api-key-store.js';
import { parseDateTime } from '../core/validation/date-time.js';
import { isKeyName, KEY_NAME_RULE } from '../core/validation/key-name.js';
import { type CliContext, withTenancy } from './cli-context.js';
import { print, table } from './print.js';

interface Options {
  json?: boolean;
}

const shown = (key: ApiKeyRecord) => ({
  id: key.id,
  prefix: key.prefix,
  name: key.name,
  role: key.role,
  scope: key.scope,
  createdAt: key.createdAt,
  createdBy: key.createdBy,
  expiresAt: key.expiresAt,
  revokedAt: key.revokedAt,
  lastUsedAt: key.lastUsedAt,
});

interface CreateKeyOptions extends Options {
  tenant: string;
  scope?: string;
  role?: string;
  showText?: boolean;
  name?: string;
  expires?: string;
}

export async function createKey(context: CliContext, options: CreateKeyOptions): Promise<void> {
  const { scope, role } = requireScopeOrRole(options);
  const name = options.name ?? null;
  if (name !== null && !isKeyName(name)) throw new CommandFailed(KEY_NAME_RULE);
  const { key, hash, prefix } = newApiKey();
  const record = await withTenancy(context, async ({ tenants, keys, audited, databaseTime }) => {
    const tenant = await tenants.findTenant(options.tenant);
    if (!tenant) throw await noSuchTenant(options.tenant, tenants);
    if (tenant.disabledAt !== null)
      throw new CommandFailed(`tenant "${options.tenant}" is disabled: run "tidings tenant enable" first`);
    const expiresAt = options.expires === undefined ? null : requireExpiry(options.expires, await databaseTime());
    const made = { tenantId: tenant.id, hash, prefix, name, scope, role, expiresAt };
    return audited('key.create', {}, (note) => keys.createKey(made, note));
  });
  const lines = [key, `The key is shown only this once. Id: ${record.id}`];
  print(context.io, options.json ?? false, { ...shown(record), key }, lines);
}

export async function listKeys(context: CliContext, options: Options & { tenant: string }): Promise<void> {
  const keys = await withTenancy(context, async (tenancy) => {
    const tenant = await tenancy.tenants.findTenant(options.tenant);
    if (!tenant) throw await noSuchTenant(options.tenant, tenancy.tenants);
    return (await tenancy.keys.listKeys(tenant.id)).map(shown);
  });
  const rows = keys.map((key) => [
    ...[key.id, key.prefix, key.name, key.role, key.lastUsedAt, key.expiresAt, key.revokedAt, key.scope],
  ]);
  print(
    context.io,
    options.json ?? false,
    keys,
    table(['ID', 'PREFIX', 'NAME', 'ROLE', 'LAST USE', 'EXPIRES', 'REVOKED', 'SCOPE'], rows),
  );
}

interface RevokeKeyOptions extends Options {
  descendants?: boolean;
}

export async function revokeKey(context: CliContext, id: string, options: RevokeKeyOptions): Promise<void> {
  const { json = false, descendants = false } = options;
  const names = { descendants: descendants ? 'too' : null };
  const revoke = ({ keys, audited }: Tenancy) =>
    audited('key.revoke', { names }, (note) => keys.revokeKey(id, descendants, note));
  const key = isUuid(id) ? await withTenancy(context, revoke) : null;
  if (!key) throw new CommandFailed(`there is no key with the id "${id}"`);
  const others = descendants ? ' and the keys that come from it' : '';
  print(context.io, json, shown(key), [`revoked key ${key.prefix}… (${key.id})${others}`]);
}

/** Reads a duration from now on, or a moment in the future. Keys expire by the database's clock. */
function requireExpiry(text: string, now: Date): Date {
  const ms = parseDuration(text);
  const expiresAt = ms === null ? readMoment(text) : new Date(now.getTime() + ms);
  if (!(expiresAt > now)) throw new CommandFailed('--expires must lie in the future');
  return expiresAt;
}

function readMoment(text: string): Date {
  try {
    return parseDateTime('expires', text);
  } catch {
    throw new CommandFailed('--expires takes a duration such as 90d, or a moment such as 2030-01-31T12:00:00Z');
  }
}
