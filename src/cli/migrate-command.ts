import { openDatabase } from '../app/database.js';
import { MIGRATIONS_FOLDER } from '../config/index.js';
import { migrate, migrationStatus, withClient } from '../store/database/migrations.js';
import { type Context, readConfig } from './context.js';
import { print } from './print.js';

export async function migrateCommand({ io }: Context, options: { json?: boolean; status?: boolean }): Promise<void> {
  const { config, logger } = readConfig('command', io);
  const json = options.json ?? false;
  const configured = config.migrateDatabaseUrl ?? config.databaseUrl;
  // The embedded database is always migrated by whoever opens it.
  const database = configured === null ? await openDatabase(config, logger) : null;
  const url = configured ?? database?.config.databaseUrl ?? '';
  try {
    if (options.status) {
      const status = await withClient(url, (client) => migrationStatus(client, MIGRATIONS_FOLDER));
      const lines = (word: string, names: readonly string[]) => names.map((name) => `${word.padEnd(8)} ${name}`);
      print(io, json, status, [
        ...lines('applied', status.applied),
        ...lines('missing', status.missing),
        ...lines('unknown', status.unknown),
      ]);
      return;
    }
    const applied = await migrate(url, MIGRATIONS_FOLDER);
    const lines = applied.length === 0 ? ['nothing to apply'] : applied.map((name) => `applied ${name}`);
    print(io, json, { applied }, lines);
  } finally {
    await database?.close();
  }
}
