import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ipaddr from 'ipaddr.js';
import { SECRETS, type Variables, variables } from './environment.js';

/** What the process is to be: a node, or a command beside the nodes (migrate, tenant, key). */
export type Role = 'serve' | 'api' | 'delivery' | 'command';

export interface Config {
  readonly role: Role;
  readonly host: string;
  /** 0 picks a free one. */
  readonly apiPort: number;
  readonly deliveryPort: number;
  /** Null: metrics and health are on the nodes' own ports. */
  readonly adminPort: number | null;
  /** Null: the embedded database below `dataDir`. */
  readonly databaseUrl: string | null;
  /** For migrations, if they need another one. */
  readonly migrateDatabaseUrl: string | null;
  readonly databasePoolMax: number;
  /** Null: the in-process bus. */
  readonly redisUrls: readonly string[] | null;
  readonly redisPrefix: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Folder of PostgreSQL's programs for the embedded database; null: npm's, else those on PATH. */
  readonly postgresBin: string | null;
  /** Without a trailing slash. Null: `deliveryUrl(host, <the port that is listened on>)`. */
  readonly publicDeliveryUrl: string | null;
  /** The first signs, all verify. Empty: to be read from or made in `dataDir`. */
  readonly tokenSecrets: readonly string[];
  readonly tokenTtlMs: number;
  readonly bootstrapApiKey: string | null;
  readonly trustProxy: readonly string[];
  readonly messageRetentionMs: number;
  readonly maxConnections: number;
  readonly maxHandshakesPerSecond: number;
  readonly maxUnconfirmedMessages: number;
  readonly maxUnconfirmedBytes: number;
  readonly maxPendingPerRecipient: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  readonly sweepIntervalMs: number;
  readonly live: LiveConfig;
  readonly shutdownDelayMs: number;
  readonly shutdownSpreadMs: number;
  readonly logLevel: string;
}

export interface LiveConfig {
  /** How long events are kept for those who come back, how many of a tenant's, and how many bytes of them. */
  readonly retentionMs: number;
  readonly retentionEvents: number;
  readonly retentionBytes: number;
  /** Of one tenant, taken by one node. */
  readonly maxEventsPerSecond: number;
  /** Of one connection. */
  readonly maxSubscriptions: number;
  readonly maxCommandsPerSecond: number;
  readonly maxPublishesPerSecond: number;
  readonly maxBufferedBytes: number;
  /** Of one command. */
  readonly maxPatterns: number;
  readonly maxFilterBytes: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is wrong, a line per variable; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/** @throws ConfigError */
export function loadConfig(role: Role, environment: Environment = process.env): Config {
  const problems: string[] = [];
  const given = readGiven(environment, problems);
  const parsed = variables.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) problems.push(`${issue.path.join('.')} ${issue.message}`);
  const broken = new Set(problems.map((problem) => problem.split(' ')[0]));
  for (const name of required(role, given)) {
    if (given[name] === undefined && !broken.has(name) && !broken.has(`${name}_FILE`)) problems.push(missing(role, name));
  }
  if (parsed.success) problems.push(...contradictions(role, parsed.data));
  if (!parsed.success || problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(toConfig(role, parsed.data));
}

/** Of a node that listens there. */
export const deliveryUrl = (host: string, port: number): string =>
  `ws://${ipaddr.IPv6.isValid(host) ? `[${host}]` : host}:${port}`;

function readGiven(environment: Environment, problems: string[]): Record<string, string | undefined> {
  const given: Record<string, string | undefined> = {};
  for (const name of Object.keys(variables.shape)) given[name] = environment[name] || undefined;
  for (const name of SECRETS) {
    const file = environment[`${name}_FILE`];
    if (!file) continue;
    if (given[name] !== undefined) {
      problems.push(`${name}_FILE is given beside ${name}: only one of them can hold`);
      continue;
    }
    try {
      given[name] = readFileSync(file, 'utf8').trim() || undefined;
      if (given[name] === undefined) problems.push(`${name}_FILE names an empty file`);
    } catch (error) {
      problems.push(`${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`);
    }
  }
  return given;
}

const WILDCARDS = ['0.0.0.0', '::', '[::]', '0:0:0:0:0:0:0:0'];

function required(role: Role, given: Record<string, string | undefined>): string[] {
  if (role === 'api') return ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET', 'PUBLIC_DELIVERY_URL'];
  if (role === 'delivery') return ['DATABASE_URL', 'REDIS_URL', 'TOKEN_SECRET'];
  if (role === 'serve' && WILDCARDS.includes(given.HOST ?? '')) return ['PUBLIC_DELIVERY_URL'];
  return [];
}

const missing = (role: Role, name: string) =>
  role === 'serve' ? `${name} is required where HOST is a wildcard` : `${name} is required by "tidings ${role}"`;

function contradictions(role: Role, given: Variables): string[] {
  const problems: string[] = [];
  const ports = { api: [], delivery: [], serve: [], command: [] } as Record<Role, Array<[string, number | undefined]>>;
  ports.api = [['API_PORT', given.API_PORT]];
  ports.delivery = [['DELIVERY_PORT', given.DELIVERY_PORT]];
  ports.serve = [...ports.api, ...ports.delivery];
  const used = new Map<number, string>();
  for (const [name, port] of [...ports[role], ['ADMIN_PORT', given.ADMIN_PORT] as const]) {
    if (port === undefined || port === 0) continue;
    const other = used.get(port);
    if (other !== undefined) problems.push(`${name} is the same as ${other}`);
    used.set(port, name);
  }
  const { shutdownDelayMs, shutdownSpreadMs } = shutdown(given);
  if (shutdownDelayMs + shutdownSpreadMs > SHUTDOWN_MS) {
    problems.push('SHUTDOWN_SPREAD must not be more than 10s together with SHUTDOWN_DELAY');
  }
  return problems;
}

/** The process has 15 s to exit; the rest is for the receipts of those who are closed last, and for writing them. */
const SHUTDOWN_MS = 10_000;
const SHUTDOWN_DEFAULT_MS = 5_000;

function shutdown(given: Variables): Pick<Config, 'shutdownDelayMs' | 'shutdownSpreadMs'> {
  const shutdownDelayMs = given.SHUTDOWN_DELAY ?? (given.DATABASE_URL === undefined ? 0 : SHUTDOWN_DEFAULT_MS);
  const shutdownSpreadMs = given.SHUTDOWN_SPREAD ?? Math.min(SHUTDOWN_DEFAULT_MS, SHUTDOWN_MS - shutdownDelayMs);
  return { shutdownDelayMs, shutdownSpreadMs };
}

function toConfig(role: Role, given: Variables): Config {
  return {
    role,
    host: given.HOST,
    apiPort: given.API_PORT,
    deliveryPort: given.DELIVERY_PORT,
    adminPort: given.ADMIN_PORT ?? null,
    databaseUrl: given.DATABASE_URL ?? null,
    migrateDatabaseUrl: given.MIGRATE_DATABASE_URL ?? null,
    databasePoolMax: given.DATABASE_POOL_MAX,
    redisUrls: given.REDIS_URL ?? null,
    redisPrefix: given.REDIS_PREFIX,
    dataDir: resolve(given.DATA_DIR),
    postgresBin: given.POSTGRES_BIN ?? null,
    publicDeliveryUrl: given.PUBLIC_DELIVERY_URL ?? null,
    tokenSecrets: given.TOKEN_SECRET ?? [],
    tokenTtlMs: given.TOKEN_TTL,
    bootstrapApiKey: given.BOOTSTRAP_API_KEY ?? null,
    trustProxy: given.TRUST_PROXY ?? [],
    messageRetentionMs: given.MESSAGE_RETENTION,
    maxConnections: given.MAX_CONNECTIONS,
    maxHandshakesPerSecond: given.MAX_HANDSHAKES_PER_SECOND,
    maxUnconfirmedMessages: given.MAX_UNCONFIRMED_MESSAGES,
    maxUnconfirmedBytes: given.MAX_UNCONFIRMED_BYTES,
    maxPendingPerRecipient: given.MAX_PENDING_PER_RECIPIENT,
    pingIntervalMs: given.PING_INTERVAL,
    pongTimeoutMs: given.PONG_TIMEOUT,
    sweepIntervalMs: given.SWEEP_INTERVAL,
    live: Object.freeze({
      retentionMs: given.LIVE_RETENTION,
      retentionEvents: given.LIVE_RETENTION_EVENTS,
      retentionBytes: given.LIVE_RETENTION_BYTES,
      maxEventsPerSecond: given.LIVE_MAX_EVENTS_PER_SECOND,
      maxSubscriptions: given.LIVE_MAX_SUBSCRIPTIONS,
      maxCommandsPerSecond: given.LIVE_MAX_COMMANDS_PER_SECOND,
      maxPublishesPerSecond: given.LIVE_MAX_PUBLISHES_PER_SECOND,
      maxBufferedBytes: given.LIVE_MAX_BUFFERED_BYTES,
      maxPatterns: given.LIVE_MAX_PATTERNS,
      maxFilterBytes: given.LIVE_MAX_FILTER_BYTES,
    }),
    ...shutdown(given),
    logLevel: given.LOG_LEVEL,
  };
}
