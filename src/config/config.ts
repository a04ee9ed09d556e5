import { readFileSync } from 'node:fs';
import { environmentSchema, VARIABLE_NAMES, VARIABLES, type VariableName, type Variables } from './environment.js';
import { withSslMode } from './server-urls.js';
import { groupSettings, type Settings, type SettledVariables } from './settings.js';

/** Roles of the process: a node, or a command beside the nodes (migrate, tenant, key). */
export type Role = 'serve' | 'api' | 'delivery' | 'command';

/**
 * Holds all settings, grouped by consumer. `environment.ts` has the table of variables that they come from.
 * Each group has the shape of its consumer's own config, such as `DeliveryConfig`, and is passed whole.
 */
export type Config = Settings & {
  readonly role: Role;
  readonly delivery: {
    /** Path of PUBLIC_DELIVERY_URL without a trailing slash; empty if it has none. */
    readonly publicPath: string;
  };
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Lists everything that is wrong, a line per variable; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Reads the environment.
 *
 * @throws ConfigError
 */
export function loadConfig(role: Role, environment: Environment = process.env): Config {
  const problems: string[] = [];
  const given = readGiven(environment, problems);
  const parsed = environmentSchema.safeParse(given);
  // Several secrets of one variable can have the same fault.
  problems.push(...new Set((parsed.error?.issues ?? []).map(({ path, message }) => `${String(path[0])} ${message}`)));
  const broken = new Set(problems.map((problem) => problem.split(' ')[0]));
  for (const name of required(role, given)) {
    if (given[name] === undefined && !broken.has(name) && !broken.has(`${name}_FILE`)) problems.push(missing(role, name));
  }
  if (parsed.success) problems.push(...contradictions(role, parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return toConfig(role, { ...parsed.data, ...shutdown(parsed.data) });
}

type Given = Partial<Record<VariableName, string>>;

/** Reads variables, and the files that stand for secrets among them. What is wrong is added to the problems. */
export function readGiven(environment: Environment, problems: string[], names: readonly VariableName[] = VARIABLE_NAMES): Given {
  const given: Given = {};
  const take = (name: VariableName, text: string | undefined) => {
    if (text) given[name] = text;
  };
  for (const name of names) take(name, environment[name]);
  for (const name of names) {
    const file = VARIABLES[name].secret ? environment[`${name}_FILE`] : undefined;
    if (!file) continue;
    if (given[name] !== undefined) {
      problems.push(`${name}_FILE is given beside ${name}: only one of them can hold`);
      continue;
    }
    try {
      // A carriage return at the end would be part of the value: its parser judges it.
      take(name, readFileSync(file, 'utf8').replace(/^ +|[ \n]+$/g, ''));
      if (given[name] === undefined) problems.push(`${name}_FILE names an empty file`);
    } catch (error) {
      problems.push(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  for (const name of ['DATABASE_URL', 'MIGRATE_DATABASE_URL'] as const) {
    if (given[name] !== undefined) given[name] = withSslMode(given[name], environment.PGSSLMODE);
  }
  return given;
}

const WILDCARDS = ['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0'];

function required(role: Role, given: Given): VariableName[] {
  if (role === 'api') return ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET', 'PUBLIC_DELIVERY_URL'];
  if (role === 'delivery') return ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET'];
  if (role === 'serve' && WILDCARDS.includes(given.HOST ?? '')) return ['PUBLIC_DELIVERY_URL'];
  return [];
}

const missing = (role: Role, name: VariableName) =>
  role === 'serve' ? `${name} is required where HOST is a wildcard` : `${name} is required by "tidings ${role}"`;

/** Ports that a role listens on, beside ADMIN_PORT. */
const PORTS = {
  serve: ['API_PORT', 'DELIVERY_PORT'],
  api: ['API_PORT'],
  delivery: ['DELIVERY_PORT'],
  command: [],
} as const;

function contradictions(role: Role, given: Variables): string[] {
  const problems: string[] = [];
  const used = new Map<number, string>();
  for (const name of [...PORTS[role], 'ADMIN_PORT'] as const) {
    const port = given[name];
    if (port === undefined || port === 0) continue;
    const other = used.get(port);
    if (other !== undefined) problems.push(`${name} is the same as ${other}`);
    used.set(port, name);
  }
  const { SHUTDOWN_DELAY, SHUTDOWN_SPREAD } = shutdown(given);
  if (SHUTDOWN_DELAY + SHUTDOWN_SPREAD > SHUTDOWN_MS) {
    problems.push('SHUTDOWN_SPREAD must not be more than 10s together with SHUTDOWN_DELAY');
  }
  return problems;
}

/**
 * Bounds delay and spread together, in milliseconds. The process has 15 s to exit; the rest is for the
 * receipts of the connections that are closed last, and for writing them.
 */
const SHUTDOWN_MS = 10_000;
const SHUTDOWN_DEFAULT_MS = 5_000;

function shutdown(given: Variables): Pick<SettledVariables, 'SHUTDOWN_DELAY' | 'SHUTDOWN_SPREAD'> {
  const SHUTDOWN_DELAY = given.SHUTDOWN_DELAY ?? (given.DATABASE_URL === undefined ? 0 : SHUTDOWN_DEFAULT_MS);
  const SHUTDOWN_SPREAD = given.SHUTDOWN_SPREAD ?? Math.min(SHUTDOWN_DEFAULT_MS, SHUTDOWN_MS - SHUTDOWN_DELAY);
  return { SHUTDOWN_DELAY, SHUTDOWN_SPREAD };
}

function toConfig(role: Role, values: SettledVariables): Config {
  const settings = groupSettings(values);
  const url = values.PUBLIC_DELIVERY_URL;
  const publicPath = url === undefined ? '' : new URL(url).pathname.replace(/\/$/, '');
  return freeze({ role, ...settings, delivery: { ...settings.delivery, publicPath } });
}

/** Freezes the groups, too. */
function freeze<T extends object>(value: T): T {
  for (const below of Object.values(value)) if (typeof below === 'object' && below !== null) freeze(below);
  return Object.freeze(value);
}
