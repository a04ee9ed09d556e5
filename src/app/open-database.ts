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
 * Opens the database that is configured, else the embedded one, which is migrated here. One that cannot be
 * used is refused. One that is away is looked at once it is back.
 */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  const { databaseUrl } = config.store;
  if (databaseUrl !== null) {
    await refuseUnfit(databaseUrl, logger);
    return { config: withUrl(config, databaseUrl), embedded: false, close: async () => {} };
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

const withUrl = (config: Config, databaseUrl: string): ConfigWithDatabase => ({
  ...config,
  store: { ...config.store, databaseUrl },
});

/** Uses the database, and says it plainly if that lacks migrations. */
export async function withDatabase<T>(
  config: Config,
  logger: Logger,
  use: (config: ConfigWithDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, logger);
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
export const applyMigrations = (config: Config, logger: Logger): Promise<string[]> =>
  withDatabaseToMigrate(config, logger, (url) => migrate(url, MIGRATIONS_FOLDER));

/** Tells which migrations are applied, missing and unknown. */
export const readMigrationStatus = (config: Config, logger: Logger): Promise<MigrationStatus> =>
  withDatabaseToMigrate(config, logger, (url) => readStatus(url, MIGRATIONS_FOLDER));

async function withDatabaseToMigrate<T>(config: Config, logger: Logger, use: (url: string) => Promise<T>): Promise<T> {
  const configured = config.migrateDatabaseUrl ?? config.store.databaseUrl;
  if (configured !== null) return use(configured);
  // The embedded database is always migrated by whoever opens it.
  const database = await openDatabase(config, logger);
  try {
    return await use(database.config.store.databaseUrl);
  } finally {
    await database.close();
  }
}
