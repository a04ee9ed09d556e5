import { resolve } from 'node:path';
import * as z from 'zod';
import {
  addressRanges,
  apiAddress,
  apiKey,
  duration,
  host,
  logLevel,
  port,
  publicDeliveryUrl,
  redisPrefix,
  secretList,
  size,
  tenantLimit,
  trueOrFalse,
  whole,
} from './parsers.js';
import { databaseUrl, redisUrls } from './server-urls.js';

/** Describes one variable of the environment. */
interface Variable<Parser extends z.ZodType, Path extends string> {
  /** Reads its text. Durations become milliseconds, sizes bytes. */
  readonly parser: Parser;
  /** Places in the configuration that get its value: the consumer's group and its name for the setting. */
  readonly paths: readonly Path[];
  /** Marks a value that is a secret, or holds one. It can be given as the name of a file, too. */
  readonly secret: boolean;
}

const variable = <Parser extends z.ZodType, Path extends string>(
  parser: Parser,
  ...paths: readonly Path[]
): Variable<Parser, Path> => ({ parser, paths, secret: false });

const secret = <Parser extends z.ZodType, Path extends string>(
  parser: Parser,
  ...paths: readonly Path[]
): Variable<Parser, Path> => ({ parser, paths, secret: true });

const path = z.string().transform((text) => resolve(text));

/**
 * Lists every variable: range, default (in the words of an operator), and who gets the value. Each group has
 * the shape of its consumer's own config, so a new variable needs a line here, one in .env.example, and the
 * docs.
 */
export const VARIABLES = {
  HOST: variable(host.prefault('127.0.0.1'), 'api.host', 'delivery.host', 'admin.host'),
  API_PORT: variable(port.prefault('4000'), 'api.port'),
  DELIVERY_PORT: variable(port.prefault('4001'), 'delivery.port'),
  ADMIN_PORT: variable(port.optional(), 'admin.port'),
  DATABASE_URL: secret(databaseUrl.optional(), 'store.databaseUrl'),
  MIGRATE_DATABASE_URL: secret(databaseUrl.optional(), 'migrateDatabaseUrl'),
  DATABASE_POOL_MAX: variable(whole(1, 1000).prefault('10'), 'store.poolMax'),
  REDIS_URL: secret(redisUrls.optional(), 'redis.url'),
  REDIS_PREFIX: variable(redisPrefix.prefault('tidings'), 'redis.prefix'),
  DATA_DIR: variable(path.prefault('.tidings'), 'dataDir', 'embedded.dataDir'),
  POSTGRES_BIN: variable(z.string().optional(), 'embedded.postgresBin'),
  PUBLIC_DELIVERY_URL: variable(publicDeliveryUrl.optional(), 'publicDeliveryUrl'),
  TOKEN_SECRET: secret(
    secretList.default(() => []),
    'tokenSecrets',
  ),
  TOKEN_TTL: variable(duration('1s', '365d').prefault('24h'), 'api.tokenTtlMs'),
  SECRETS_KEY: secret(
    secretList.default(() => []),
    'webhooks.secretsKeys',
  ),
  WEBHOOK_ALLOW: variable(
    addressRanges.default(() => []),
    'webhooks.allow',
  ),
  BOOTSTRAP_API_KEY: secret(apiKey.optional(), 'bootstrapApiKey'),
  TRUST_PROXY: variable(
    addressRanges.default(() => []),
    'api.trustProxy',
    'delivery.trustProxy',
  ),
  AUDIT_RETENTION: variable(duration('1d', '3650d').prefault('90d'), 'store.auditRetentionMs'),
  MESSAGE_RETENTION: variable(duration('1d', '3650d').prefault('30d'), 'store.messageRetentionMs'),
  ACTIVITY_RETENTION: variable(
    duration('0', '3650d').prefault('7d'),
    'store.activityRetentionMs',
    'delivery.activityRetentionMs',
    'api.activityRetentionMs',
  ),
  STATUS_FEED_RETENTION: variable(duration('4d', '3650d').prefault('5d'), 'store.statusFeedRetentionMs'),
  MAX_CONNECTIONS: variable(whole(1, 10_000_000).prefault('50000'), 'delivery.maxConnections'),
  MAX_CONNECTIONS_PER_RECIPIENT: variable(whole(1, 10_000_000).prefault('100'), 'delivery.maxConnectionsPerRecipient'),
  MAX_HANDSHAKES_PER_SECOND: variable(whole(1, 1_000_000).prefault('2000'), 'delivery.maxHandshakesPerSecond'),
  MAX_UNCONFIRMED_MESSAGES: variable(whole(1, 100_000).prefault('256'), 'delivery.maxUnconfirmedMessages'),
  // Less would not hold the longest message.
  MAX_UNCONFIRMED_BYTES: variable(size('64KiB', '1GiB').prefault('1MiB'), 'delivery.maxUnconfirmedBytes'),
  MAX_PENDING_PER_RECIPIENT: variable(whole(1, 10_000_000).prefault('10000'), 'store.maxPendingPerRecipient'),
  PING_INTERVAL: variable(duration('100ms', '1h').prefault('20s'), 'delivery.pingIntervalMs'),
  PONG_TIMEOUT: variable(duration('100ms', '1h').prefault('10s'), 'delivery.pongTimeoutMs'),
  SWEEP_INTERVAL: variable(duration('100ms', '1h').prefault('5s'), 'delivery.sweepIntervalMs', 'live.lookEveryMs'),
  LIVE_RETENTION: variable(duration('1s', '1h').prefault('2m'), 'live.bounds.maxAgeMs'),
  LIVE_RETENTION_EVENTS: variable(whole(1, 1_000_000).prefault('10000'), 'live.bounds.maxEvents'),
  // Less would not hold the longest event.
  LIVE_RETENTION_BYTES: variable(size('128KiB', '1GiB').prefault('16MiB'), 'live.bounds.maxBytes'),
  LIVE_MAX_EVENTS_PER_SECOND: variable(whole(1, 10_000_000).prefault('10000'), 'live.limits.eventsPerSecond'),
  LIVE_MAX_SUBSCRIPTIONS: variable(whole(1, 100_000).prefault('256'), 'live.limits.subscriptionsPerConnection'),
  LIVE_MAX_PATTERNS: variable(whole(1, 10_000).prefault('100'), 'live.limits.patternsPerCommand'),
  LIVE_MAX_FILTER_BYTES: variable(size('16', '64KiB').prefault('4KiB'), 'live.limits.whereBytes'),
  LIVE_MAX_COMMANDS_PER_SECOND: variable(whole(1, 100_000).prefault('100'), 'live.limits.commandsPerSecond'),
  LIVE_MAX_PUBLISHES_PER_SECOND: variable(whole(1, 100_000).prefault('10'), 'live.limits.publishesPerSecond'),
  LIVE_MAX_BUFFERED_BYTES: variable(size('64KiB', '1GiB').prefault('1MiB'), 'live.limits.bufferedBytes'),
  TENANT_RECIPIENTS_PER_SECOND: variable(tenantLimit.optional(), 'tenantLimits.recipients'),
  TENANT_REQUESTS_PER_SECOND: variable(tenantLimit.optional(), 'tenantLimits.requests'),
  TENANT_BYTES_PER_SECOND: variable(tenantLimit.optional(), 'tenantLimits.bytes'),
  TENANT_CONNECTIONS: variable(tenantLimit.optional(), 'tenantLimits.connections'),
  TENANT_PENDING: variable(tenantLimit.optional(), 'tenantLimits.pending'),
  TENANT_LIVE_EVENTS_PER_SECOND: variable(tenantLimit.optional(), 'tenantLimits.liveEvents'),
  SHUTDOWN_DELAY: variable(duration('0', '10s').optional(), 'shutdownDelayMs', 'delivery.shutdownDelayMs'),
  SHUTDOWN_SPREAD: variable(duration('0', '10s').optional(), 'delivery.shutdownSpreadMs'),
  METRICS: variable(z.literal('public', 'must be "public" or unset').optional(), 'admin.metrics'),
  TIDINGS_URL: variable(apiAddress.optional(), 'client.url'),
  TIDINGS_API_KEY: secret(apiKey.optional(), 'client.apiKey'),
  LOG_LEVEL: variable(logLevel.prefault('info'), 'log.level'),
  LOG_RECIPIENTS: variable(trueOrFalse.prefault('false'), 'log.recipients'),
};

type Table = typeof VARIABLES;

export type VariableName = keyof Table;

export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[];

/** Checks all variables at once. */
export const environmentSchema = z.object(
  Object.fromEntries(VARIABLE_NAMES.map((name) => [name, VARIABLES[name].parser])) as {
    [Name in VariableName]: Table[Name]['parser'];
  },
);

/** Values by variable, as they were given or by their defaults. */
export type Variables = z.output<typeof environmentSchema>;
