import { type Config, MIGRATIONS_FOLDER } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { openEmbedded } from '../embedded/supervisor.js';
import { migrate, migrationStatus, withClient } from '../store/database/migrations.js';
import { CommandFailed } from './command-failed.js';
import type { ConfigWithDatabase } from './contracts.js';

export interface OpenDatabase {
  config: ConfigWithDatabase;
  embedded: boolean;
  close(): Promise<void>;
}

/** The database that is configured, else the embedded one, which is migrated here. */
export async function openDatabase(config: Config, logger: Logger): Promise<OpenDatabase> {
  if (config.databaseUrl !== null) {
    return { config: { ...config, databaseUrl: config.databaseUrl }, embedded: false, close: async () => {} };
  }
  const embedded = await openEmbedded(config.dataDir, logger, config.postgresBin);
  try {
    await migrate(embedded.url, MIGRATIONS_FOLDER);
  } catch (error) {
    await embedded.stop();
    throw error;
  }
  return { config: { ...config, databaseUrl: embedded.url }, embedded: true, close: () => embedded.stop() };
}

/** Runs with the database, and says it plainly if that lacks migrations. */
export async function withDatabase<T>(
  config: Config,
  logger: Logger,
  use: (config: ConfigWithDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(config, logger);
  try {
    if (!database.embedded) {
      const { missing } = await withClient(database.config.databaseUrl, (client) => migrationStatus(client, MIGRATIONS_FOLDER));
      if (missing.length > 0) throw new CommandFailed(`the database lacks ${missing.join(', ')}: run "tidings migrate"`);
    }
    return await use(database.config);
  } finally {
    await database.close();
  }
}
