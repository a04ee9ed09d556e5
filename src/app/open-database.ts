import { type Config, MIGRATIONS_FOLDER } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { openEmbedded } from '../embedded/supervisor.js';
import { type MigrationStatus, migrate, migrationStatus, withClient } from '../store/database/migrations.js';
import { CommandFailed } from './command-failed.js';
import type { ConfigWithDatabase } from './contracts.js';

interface OpenDatabase {
  config: ConfigWithDatabase;
  embedded: boolean;
  close(): Promise<void>;
}

/** Opens the database that is configured, else the embedded one, which is migrated here. */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  const { databaseUrl } = config.store;
  if (databaseUrl !== null) return { config: withUrl(config, databaseUrl), embedded: false, close: async () => {} };
  const embedded = await openEmbedded(config.embedded, logger);
  try {
    await migrate(embedded.url, MIGRATIONS_FOLDER);
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return { config: withUrl(config, embedded.url), embedded: true, close: () => embedded.stop() };
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
      const { missing } = await statusOf(database.config.store.databaseUrl);
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
  withDatabaseToMigrate(config, logger, statusOf);

const statusOf = (url: string) => withClient(url, (client) => migrationStatus(client, MIGRATIONS_FOLDER));

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
