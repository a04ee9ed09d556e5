import { z } from 'zod';
import {
  addressRanges,
  apiKey,
  databaseUrl,
  duration,
  host,
  logLevel,
  port,
  publicDeliveryUrl,
  redisPrefix,
  redisUrls,
  size,
  tokenSecrets,
  whole,
} from './parsers.js';

/** Every variable that is read, with its default (in the words that an operator would write) and its range. */
export const variables = z.object({
  HOST: host.prefault('127.0.0.1'),
  API_PORT: port.prefault('4000'),
  DELIVERY_PORT: port.prefault('4001'),
  ADMIN_PORT: port.optional(),
  DATABASE_URL: databaseUrl.optional(),
  MIGRATE_DATABASE_URL: databaseUrl.optional(),
  DATABASE_POOL_MAX: whole(1, 1000).prefault('10'),
  REDIS_URL: redisUrls.optional(),
  REDIS_PREFIX: redisPrefix.prefault('tidings'),
  DATA_DIR: z.string().prefault('.tidings'),
  POSTGRES_BIN: z.string().optional(),
  PUBLIC_DELIVERY_URL: publicDeliveryUrl.optional(),
  TOKEN_SECRET: tokenSecrets.optional(),
  TOKEN_TTL: duration('1s', '365d').prefault('24h'),
  BOOTSTRAP_API_KEY: apiKey.optional(),
  TRUST_PROXY: addressRanges.optional(),
  MESSAGE_RETENTION: duration('1d', '3650d').prefault('30d'),
  MAX_CONNECTIONS: whole(1, 10_000_000).prefault('50000'),
  MAX_HANDSHAKES_PER_SECOND: whole(1, 1_000_000).prefault('2000'),
  MAX_UNCONFIRMED_MESSAGES: whole(1, 100_000).prefault('256'),
  // Less would not hold the longest message.
  MAX_UNCONFIRMED_BYTES: size('64KiB', '1GiB').prefault('1MiB'),
  MAX_PENDING_PER_RECIPIENT: whole(1, 10_000_000).prefault('10000'),
  PING_INTERVAL: duration('100ms', '1h').prefault('20s'),
  PONG_TIMEOUT: duration('100ms', '1h').prefault('10s'),
  SWEEP_INTERVAL: duration('100ms', '1h').prefault('5s'),
  LIVE_RETENTION: duration('1s', '1h').prefault('2m'),
  LIVE_RETENTION_EVENTS: whole(1, 1_000_000).prefault('10000'),
  // Less would not hold the longest event.
  LIVE_RETENTION_BYTES: size('128KiB', '1GiB').prefault('16MiB'),
  LIVE_MAX_EVENTS_PER_SECOND: whole(1, 10_000_000).prefault('10000'),
  LIVE_MAX_SUBSCRIPTIONS: whole(1, 100_000).prefault('256'),
  LIVE_MAX_PATTERNS: whole(1, 10_000).prefault('100'),
  LIVE_MAX_FILTER_BYTES: size('16', '64KiB').prefault('4KiB'),
  LIVE_MAX_COMMANDS_PER_SECOND: whole(1, 100_000).prefault('100'),
  LIVE_MAX_PUBLISHES_PER_SECOND: whole(1, 100_000).prefault('10'),
  LIVE_MAX_BUFFERED_BYTES: size('64KiB', '1GiB').prefault('1MiB'),
  SHUTDOWN_DELAY: duration('0', '10s').optional(),
  SHUTDOWN_SPREAD: duration('0', '10s').optional(),
  LOG_LEVEL: logLevel.prefault('info'),
});

export type Variables = z.output<typeof variables>;

/** Variables whose values are secrets, or hold one: each can be given as the name of a file, too. */
export const SECRETS: readonly (keyof Variables)[] = [
  'DATABASE_URL',
  'MIGRATE_DATABASE_URL',
  'REDIS_URL',
  'TOKEN_SECRET',
  'BOOTSTRAP_API_KEY',
];
