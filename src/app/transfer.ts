import { type Config, MIGRATIONS_FOLDER, VERSION } from '../config/index.js';
import type { Logger } from '../core/ports/logger.js';
import { openEmbedded } from '../embedded/supervisor.js';
import { migrate, readStatus, withClient } from '../store/database/migrations.js';
import {
  type Dump,
  type DumpHeader,
  examineDump,
  loadBackup,
  loadTenant,
  type OnProgress,
  TransferRefused,
  writeDump,
} from '../store/transfer/index.js';
import { CommandFailed } from './command-failed.js';
import type { ConfigWithDatabase } from './contracts.js';

export type { OnProgress };

/** What was written or loaded. */
export interface Transferred {
  file: string;
  /** Moment of the snapshot. */
  at: string;
  tenant: { id: string; name: string } | null;
  /** Rows by table. */
  rows: Readonly<Record<string, number>>;
}

/** A command that moves data between a database and a file. */
export interface Transfer {
  file: string;
  onProgress: OnProgress;
}

/**
 * A disabled tenant is whole once nodes have heard of it, by a sweep if by nothing else, and their statements have
 * ended, in milliseconds.
 */
const DISABLED_FOR_MS = 10_000;
const AFTER_SWEEP_MS = 5_000;

/** Writes all data into a new file, while nodes run. */
export const backup = ({ store }: ConfigWithDatabase, { file, onProgress }: Transfer): Promise<Transferred> =>
  refusedInOneLine(async () => {
    const dump = await writeDump(file, {
      ...{ url: store.databaseUrl, migrationsFolder: MIGRATIONS_FOLDER, version: VERSION },
      ...{ tenant: null, onProgress },
    });
    return transferred(file, dump);
  });

interface TenantExport extends Transfer {
  tenant: string;
  wait(ms: number): Promise<void>;
}

/** Writes a tenant into a new file. Of one that is being disabled it waits for what is under way. */
export const exportTenant = (
  { store, delivery }: ConfigWithDatabase,
  { file, tenant, onProgress, wait }: TenantExport,
): Promise<Transferred> =>
  refusedInOneLine(async () => {
    const sinceMs = await disabledSince(store.databaseUrl, tenant);
    const enoughMs = Math.max(DISABLED_FOR_MS, delivery.sweepIntervalMs + AFTER_SWEEP_MS);
    if (sinceMs !== null && sinceMs < enoughMs) await wait(enoughMs - Math.max(0, sinceMs));
    const dump = await writeDump(file, {
      ...{ url: store.databaseUrl, migrationsFolder: MIGRATIONS_FOLDER, version: VERSION },
      ...{ tenant, onProgress },
    });
    return transferred(file, dump);
  });

/** Loads a back-up into a database without tenants. Makes the embedded one, and applies migrations. */
export const restore = (config: Config, logger: Logger, { file, onProgress }: Transfer): Promise<Transferred> =>
  refusedInOneLine(async () => {
    const dump = await examine(file, 'backup');
    const { databaseUrl } = config.store;
    const embedded = databaseUrl === null ? await openEmbedded(config.embedded, logger) : null;
    try {
      const url = embedded?.url ?? config.migrateDatabaseUrl ?? databaseUrl ?? '';
      await refuseUsed(url);
      // As the file had it first, so that the later migrations change its rows as they changed those of others.
      await migrate(url, MIGRATIONS_FOLDER, dump.header.migrations);
      await withClient(url, (client) => loadBackup(client, { path: file, dump, onProgress }));
      await migrate(url, MIGRATIONS_FOLDER);
    } finally {
      await embedded?.stop();
    }
    return transferred(file, dump);
  });

/** Loads an exported tenant beside those that are there. */
export const importTenant = (
  { store, migrateDatabaseUrl }: ConfigWithDatabase,
  { file, onProgress }: Transfer,
): Promise<Transferred> =>
  refusedInOneLine(async () => {
    const dump = await examine(file, 'tenant');
    await withClient(migrateDatabaseUrl ?? store.databaseUrl, (client) => loadTenant(client, { path: file, dump, onProgress }));
    return transferred(file, dump);
  });

const transferred = (file: string, { header: { at, tenant }, end: { rows } }: Dump): Transferred => ({ file, at, tenant, rows });

async function examine(file: string, kind: DumpHeader['kind']): Promise<Dump> {
  const dump = await examineDump(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== undefined && error.syscall !== undefined)
      throw new CommandFailed(`${file} cannot be read (${error.code})`);
    throw error;
  });
  const { header } = dump;
  if (header.kind !== kind) {
    throw new TransferRefused(
      kind === 'backup'
        ? 'the file is the export of a tenant: use "tidings tenant import"'
        : 'the file is a back-up of everything: use "tidings restore"',
    );
  }
  if (!isReadable(header.version)) {
    throw new TransferRefused(
      `the file was written by Tidings ${header.version}: ${VERSION} reads those of its own minor version and the one before`,
    );
  }
  return dump;
}

/** Tells whether a file of that version can be loaded: of this minor version, or the one before it. */
export function isReadable(version: string, own: string = VERSION): boolean {
  const [major, minor] = version.split('.').map(Number);
  const [ownMajor = 0, ownMinor = 0] = own.split('.').map(Number);
  if (major === undefined || minor === undefined) return false;
  // Before the first minor version of a major one came the last of the major one before, whichever that was.
  if (ownMinor === 0 && major === ownMajor - 1) return true;
  return major === ownMajor && (minor === ownMinor || minor === ownMinor - 1);
}

/** Refuses a database that has tenants before anything of it is changed, or that is of a newer version. */
async function refuseUsed(url: string): Promise<void> {
  const { unknown } = await readStatus(url, MIGRATIONS_FOLDER);
  if (unknown.length > 0)
    throw new CommandFailed(`a newer version has migrated the database (${unknown.join(', ')}): use that version`);
  const used = await withClient(url, async (client) => {
    const { rows } = await client.query<{ there: boolean }>(`SELECT to_regclass('tenants') IS NOT NULL AS there`);
    if (rows[0]?.there !== true) return [];
    return (await client.query<{ name: string }>('SELECT name FROM tenants ORDER BY name LIMIT 3')).rows;
  });
  if (used.length === 0) return;
  const names = used.map(({ name }) => `"${name}"`).join(', ');
  throw new CommandFailed(`the database has tenants already (${names}): restore into one without any, or another DATA_DIR`);
}

/** Milliseconds since the tenant was disabled; null if it is not, or there is none. */
const disabledSince = (url: string, name: string): Promise<number | null> =>
  withClient(url, async (client) => {
    const { rows } = await client.query<{ ms: number | null }>(
      `SELECT extract(epoch FROM clock_timestamp() - disabled_at)::float8 * 1000 AS ms FROM tenants WHERE name = $1`,
      [name],
    );
    return rows[0]?.ms ?? null;
  });

async function refusedInOneLine<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TransferRefused) throw new CommandFailed(error.message);
    throw error;
  }
}
