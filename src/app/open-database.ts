import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, MIGRATIONS_FOLDER } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { openEmbedded } from '../embedded/supervisor.js';
import { examineDatabase, type MigrationStatus, migrate, readStatus } from '../store/database/migrations.js';
import { UnfitServer } from '../store/session/unfit-server.js';
import { CommandFailed } from './command-failed.js';
import type { ConfigWithDatabase } from './contracts.js';

interface OpenDatabase {
  config: ConfigWithDatabase;
  embedded: boolean;
  close(): Promise<void>;
}

/**
 * Opens the database that is configured, else the embedded one, which is made where there is none, and
 * migrated here. One that cannot be used is refused. One that is away is looked at once it is back.
 */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  const { databaseUrl } = config.store;
  if (databaseUrl !== null) {
    await refuseUnfit(databaseUrl, logger);
    return notEmbedded(config, databaseUrl);
  }
  const embedded = await openEmbedded(config.embedded, logger);
  try {
    await migrate(embedded.url, MIGRATIONS_FOLDER);
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return { config: withUrl(config, embedded.url), embedded: true, close: () => embedded.stop() };
}

async function refuseUnfit(databaseUrl: string, logger: Logger): Promise<void> {
  try {
    await examineDatabase(databaseUrl);
  } catch (error) {
    if (error instanceof UnfitServer) throw error;
    logger.debug({ err: error }, 'the database cannot be looked at yet');
  }
}

const notEmbedded = (config: Config, databaseUrl: string): OpenDatabase => ({
  config: withUrl(config, databaseUrl),
  embedded: false,
  close: async () => {},
});

const withUrl = (config: Config, databaseUrl: string): ConfigWithDatabase => ({
  ...config,
  store: { ...config.store, databaseUrl },
});

/** What a command is told beside its log. */
export interface CommandLog {
  logger: Logger;
  /** Hears which embedded database is used. */
  say(line: string): void;
}

/** @throws CommandFailed if there is no embedded database yet, which commands never make */
async function requireEmbedded({ dataDir }: Config): Promise<void> {
  const exists = await lstat(join(dataDir, 'postgres')).catch(() => null);
  if (exists !== null) return;
  throw new CommandFailed(
    `there is no database in DATA_DIR ${dataDir}: run "tidings serve" or "tidings restore" there first, or name another by DATA_DIR or DATABASE_URL`,
  );
}

/** Opens the database for a command, and names the embedded one if that is it. Another is looked at by whoever uses it. */
async function openForCommand(config: Config, { logger, say }: CommandLog): Promise<OpenDatabase> {
  const { databaseUrl } = config.store;
  if (databaseUrl !== null) return notEmbedded(config, databaseUrl);
  await requireEmbedded(config);
  say(`using the embedded database in DATA_DIR ${config.dataDir}`);
  return openDatabase(config, logger);
}

/** Uses the database that is there, and says it plainly if that cannot be used, or lacks migrations. */
export async function withDatabase<T>(
  config: Config,
  log: CommandLog,
  use: (config: ConfigWithDatabase) => Promise<T>,
): Promise<T> {
  const database = await openForCommand(config, log);
  try {
    if (!database.embedded) {
      const { missing } = await readStatus(database.config.store.databaseUrl, MIGRATIONS_FOLDER);
      if (missing.length > 0) throw new CommandFailed(`the database lacks ${missing.join(', ')}: run "tidings migrate"`);
    }
    return await use(database.config);
  } finally {
    await database.close();
  }
}

/** Applies what the database lacks. Returns the names of what was applied. */
export const applyMigrations = (config: Config, log: CommandLog): Promise<string[]> =>
  withDatabaseToMigrate(config, log, (url) => migrate(url, MIGRATIONS_FOLDER));

/** Tells which migrations are applied, missing and unknown. */
export const readMigrationStatus = (config: Config, log: CommandLog): Promise<MigrationStatus> =>
  withDatabaseToMigrate(config, log, (url) => readStatus(url, MIGRATIONS_FOLDER));

async function withDatabaseToMigrate<T>(config: Config, log: CommandLog, use: (url: string) => Promise<T>): Promise<T> {
  const configured = config.migrateDatabaseUrl ?? config.store.databaseUrl;
  if (configured !== null) return use(configured);
  // The embedded database is always migrated by whoever opens it.
  const database = await openForCommand(config, log);
  try {
    return await use(database.config.store.databaseUrl);
  } finally {
    await database.close();
  }
}
