import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { newClient, schemaOf } from '../session/connection-config.js';
import { requireFit, requireRights, requireRoomForTables } from '../session/server-check.js';
import { prepareSession } from '../session/session.js';
import { serverProcessOf } from './cancel-request.js';

/**
 * Uses the key and the table of Prisma, so that its command line tools and this runner know of each other.
 */
const ADVISORY_LOCK = 72707369;
const CREATE_TABLE = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum VARCHAR(64) NOT NULL,
  finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL,
  logs TEXT,
  rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** The part of pg's client and pool that is needed here. */
interface Queryable {
  query(sql: string): Promise<{ rows: unknown[] }>;
}

interface Migration {
  name: string;
  sql: string;
  /** SHA-256 of migration.sql, hexadecimal. */
  checksum: string;
}

export interface MigrationStatus {
  /** Migrations of this version that the database has, in order. */
  applied: string[];
  /** Migrations of this version that it lacks, in order. */
  missing: string[];
  /** Migrations beyond these: a newer version has migrated the database, and this one can work on it. */
  unknown: string[];
}

/** Reads the migrations of a folder such as `prisma/migrations`, in the order in which they are applied. */
async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

/**
 * Applies the missing migrations, one transaction each.
 *
 * Any number of processes may do so at once. Works behind PgBouncer in transaction mode:
 * nothing outlives a transaction.
 *
 * @param upTo only these; all without it
 * @returns the names of the migrations that this call applied
 */
export async function migrate(url: string, folder: string, upTo: readonly string[] | null = null): Promise<string[]> {
  const migrations = (await readMigrations(folder)).filter(({ name }) => upTo === null || upTo.includes(name));
  return withClient(url, async (client) => {
    await requireFit(client, schemaOf(url));
    if ((await migrationStatus(client, folder)).missing.length > 0) await requireRoomForTables(client);
    const applied: string[] = [];
    for (const migration of migrations) {
      if (await apply(client, migration)) applied.push(migration.name);
    }
    return applied;
  });
}

async function apply(client: pg.Client, migration: Migration): Promise<boolean> {
  // Whoever waited for the lock has to see what its holder has done.
  await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
  try {
    // The wait for another runner must not be cut short by a default of the server.
    await client.query('SET LOCAL statement_timeout = 0');
    await client.query('SET LOCAL lock_timeout = 0');
    await client.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await client.query(CREATE_TABLE);
    const { finished, unfinished } = await recorded(client);
    if (unfinished.length > 0) throw new Error(`another tool began ${unfinished.join(', ')} and failed half-way`);
    const missing = !finished.has(migration.name);
    if (missing) {
      // A wait for a table's lock makes everybody behind it wait, too: fail, and be repeated, instead.
      await client.query(`SET LOCAL lock_timeout = '10s'`);
      await client.query(migration.sql);
      await client.query(
        `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES ($1, $2, $3, clock_timestamp(), 1)`,
        [randomUUID(), migration.checksum, migration.name],
      );
    }
    await client.query('COMMIT');
    return missing;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {});
    throw new Error(`migration ${migration.name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

/** Looks at the server, then reads which migrations are applied and which are missing. Changes nothing. */
export const readStatus = (url: string, folder: string): Promise<MigrationStatus> =>
  withClient(url, (client) => readStatusOn(client, url, folder));

/** Does so on a connection that is there. */
export async function readStatusOn(client: Pick<pg.Client, 'query'>, url: string, folder: string): Promise<MigrationStatus> {
  await requireFit(client, schemaOf(url));
  const status = await migrationStatus(client, folder);
  if (status.missing.length === 0) await requireRights(client);
  return status;
}

/** Waits at most this long for a server that a node is to be looked at as it starts, in milliseconds. */
const EXAMINE_MS = 2_500;

/**
 * Looks at the server as a node or command is to use it.
 *
 * @throws UnfitServer if it cannot be used
 */
export const examineDatabase = (url: string): Promise<void> =>
  withClient(
    url,
    async (client) => {
      await requireFit(client, schemaOf(url));
      await requireRights(client);
    },
    EXAMINE_MS,
  );

/** Reads which migrations are applied and which are missing. Changes nothing. */
async function migrationStatus(database: Queryable, folder: string): Promise<MigrationStatus> {
  const names = (await readMigrations(folder)).map((migration) => migration.name);
  const { rows } = await database.query(`SELECT to_regclass('_prisma_migrations') IS NOT NULL AS present`);
  const present = (rows[0] as { present: boolean } | undefined)?.present === true;
  const known = present ? (await recorded(database)).finished : new Set<string>();
  return {
    applied: names.filter((name) => known.has(name)),
    missing: names.filter((name) => !known.has(name)),
    unknown: [...known].filter((name) => !names.includes(name)).sort(),
  };
}

/**
 * Reads the recorded migrations.
 *
 * Prisma's tools leave a row without an end while they work, or after a failure.
 */
async function recorded(database: Queryable): Promise<{ finished: Set<string>; unfinished: string[] }> {
  const { rows } = await database.query(
    'SELECT migration_name, finished_at IS NOT NULL AS finished FROM _prisma_migrations WHERE rolled_back_at IS NULL',
  );
  const all = rows as Array<{ migration_name: string; finished: boolean }>;
  const names = (finished: boolean) => all.filter((row) => row.finished === finished).map((row) => row.migration_name);
  return { finished: new Set(names(true)), unfinished: names(false) };
}

/** Waits at most this long for a connection, in milliseconds. */
const CONNECT_MS = 10_000;

/** Opens a connection of its own, hands it to `use`, and closes it. */
export async function withClient<T>(
  url: string,
  use: (client: pg.Client) => Promise<T>,
  connectMs: number = CONNECT_MS,
): Promise<T> {
  const client = newClient(url, connectMs);
  // A connection that breaks fails the query under way; without a listener it would end the process, too.
  client.on('error', () => {});
  await client.connect();
  try {
    await prepareSession(client, serverProcessOf(client));
    return await use(client);
  } finally {
    await client.end();
  }
}
