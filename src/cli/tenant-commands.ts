import { InvalidArgumentError } from 'commander';
import { CommandFailed } from '../app/command-failed.js';
import { noSuchTenant } from '../app/no-such-tenant.js';
import { parseTenantLimit } from '../config/index.js';
import { type LimitChange, limitsOf, POLICIES, type Policy } from '../core/domain/tenant-limits.js';
import type { TenantRecord, TenantWithLimits } from '../core/ports/stores/tenant-store.js';
import { type CliContext, readConfig, withTenancy } from './cli-context.js';
import type { Command } from './command.js';
import { print, table } from './print.js';

interface Options {
  json?: boolean;
}

const shown = ({ id, name, createdAt, disabledAt }: TenantRecord) => ({ id, name, createdAt, disabledAt });

const NAME_CHARS = 128;

function requireName(name: string): void {
  if (name.trim() !== name || name === '' || [...name].length > NAME_CHARS || !name.isWellFormed() || /\p{Cc}/u.test(name)) {
    throw new CommandFailed(
      `a tenant's name has 1 to ${NAME_CHARS} characters, without control characters or blanks at its ends`,
    );
  }
}

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
    if (!disabled) throw await noSuchTenant(name, tenants);
    await announceDisabled(disabled.id);
    return disabled;
  });
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
      const enabled = await tenants.enableTenant(name, revokeTokens, note);
      if (!enabled) throw await noSuchTenant(name, tenants);
      return enabled;
    }),
  );
  const tokens = revokeTokens ? 'tokens that were issued before are dead' : 'so do tokens that have not expired';
  print(context.io, json, shown(tenant), [`enabled tenant "${name}": its keys work; ${tokens}`]);
}

export async function deleteTenant(context: CliContext, name: string, options: Options & { yes?: boolean }): Promise<void> {
  if (!options.yes) throw new CommandFailed(`this deletes tenant "${name}" with all its keys and messages: repeat it with --yes`);
  const deleted = await withTenancy(context, ({ tenants, announceDeleted, audited }) =>
    audited('tenant.delete', { names: { tenant: name }, severalSteps: true }, async (note) => {
      const found = await tenants.deleteTenant(name, (tenant) => announceDeleted(tenant.id), note);
      if (!found) throw await noSuchTenant(name, tenants);
      return found;
    }),
  );
  const data = { id: deleted.id, name, rows: deleted.rows };
  print(context.io, options.json ?? false, data, [`deleted tenant "${name}" and ${deleted.rows} rows of it`]);
}

/** Options of `tenant limit`, each with the policy that it sets and what it counts. */
const OPTIONS: ReadonlyArray<readonly [option: string, policy: Policy, counts: string]> = [
  ['recipients-per-second', 'recipients', 'recipients of messages a second'],
  ['requests-per-second', 'requests', 'root fields of API requests a second'],
  ['bytes-per-second', 'bytes', 'bytes of text times recipients a second'],
  ['connections', 'connections', 'open connections, on all nodes'],
  ['pending', 'pending', 'pending messages'],
  ['live-events-per-second', 'liveEvents', 'live events a second'],
];

type Word = number | 'none' | 'default';

/** Options as the parser gives them: by the option's name in camel case. */
type Given = Readonly<Record<string, Word | boolean | undefined>>;

const camelCase = (option: string) => option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function parseWord(text: string): Word {
  if (text === 'none' || text === 'default') return text;
  const limit = parseTenantLimit(text);
  if (limit === null) throw new InvalidArgumentError('It must be a whole number from 1 to 1000000000000, "none" or "default".');
  return limit;
}

/** Gives a command the options by which limits are set. */
export function addLimitOptions(command: Command): Command {
  for (const [option, , counts] of OPTIONS) command.option(`--${option} <n>`, `${counts}; "none", or "default"`, parseWord);
  return command;
}

function changeOf(given: Given): LimitChange {
  const words = OPTIONS.map(([option, policy]) => [policy, given[camelCase(option)]] as const);
  return Object.fromEntries(words.filter(([, word]) => word !== undefined));
}

const originOf = ({ own }: TenantWithLimits, policy: Policy) => (own?.[policy] === undefined ? 'default' : 'tenant');

/** Shows what limits a tenant has, after the change that was asked for. */
export async function limitTenant(context: CliContext, name: string, given: Given): Promise<void> {
  const change = changeOf(given);
  const { config } = readConfig('command', context.io);
  const words = Object.entries(change).map(([policy, word]) => [policy, String(word)]);
  const names = { tenant: name, ...Object.fromEntries(words) };
  const tenant = await withTenancy(context, async ({ tenants, audited }) => {
    const found =
      words.length === 0
        ? await tenants.findTenantLimits(name)
        : await audited('tenant.limit', { names }, (note) => tenants.changeTenantLimits(name, change, note));
    if (!found) throw await noSuchTenant(name, tenants);
    return found;
  });
  const limits = limitsOf(config.tenantLimits, tenant.own);
  const shown = POLICIES.map((policy) => ({ policy, limit: limits[policy], from: originOf(tenant, policy) }));
  const rows = shown.map(({ policy, limit, from }) => [policy, limit ?? 'none', from]);
  const data = { id: tenant.id, name: tenant.name, limits: shown };
  print(context.io, given.json === true, data, table(['POLICY', 'LIMIT', 'FROM'], rows));
}
