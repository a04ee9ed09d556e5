import { applyMigrations, readMigrationStatus } from '../app/open-database.js';
import { type CliContext, commandLog, readConfig } from './cli-context.js';
import { print } from './print.js';

export async function migrateCommand({ io }: CliContext, options: { json?: boolean; status?: boolean }): Promise<void> {
  const { config, logger } = readConfig('command', io);
  const json = options.json ?? false;
  if (options.status) {
    const status = await readMigrationStatus(config, commandLog(io, logger));
    const lines = (word: string, names: readonly string[]) => names.map((name) => `${word.padEnd(8)} ${name}`);
    print(io, json, status, [
      ...lines('applied', status.applied),
      ...lines('missing', status.missing),
      ...lines('unknown', status.unknown),
    ]);
    return;
  }
  const applied = await applyMigrations(config, commandLog(io, logger));
  const lines = applied.length === 0 ? ['nothing to apply'] : applied.map((name) => `applied ${name}`);
  print(io, json, { applied }, lines);
}
