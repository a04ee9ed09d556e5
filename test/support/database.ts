import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { migrate, withClient } from '../../src/store/database/migrations.js';

export const MIGRATIONS = fileURLToPath(new URL('../../prisma/migrations', import.meta.url));
const TEMPLATE = 'tidings_template';

export interface TestDatabase {
  readonly url: string;
  /** Drops the database and ends its connections. */
  drop(): Promise<void>;
}

/** Creates a migrated database for the caller, on the server that all tests share. */
export const createDatabase = (): Promise<TestDatabase> => createDatabaseOn(sharedPostgresUrl());

/** Returns the URL of database `postgres` on the server that all tests share. */
export function sharedPostgresUrl(): string {
  const url = process.env.TIDINGS_TEST_POSTGRES_URL;
  if (!url) throw new Error('the test servers are not running: start tests by `npm test` or `npm run jest -- <path>`');
  return url;
}

/** Creates a migrated database for the caller on a server that `prepareTemplate` has prepared. */
export async function createDatabaseOn(serverUrl: string): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`));
  return {
    url: databaseUrl(serverUrl, name),
    drop: async () => {
      await withClient(serverUrl, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    },
  };
}

/** Makes the migrated database that `createDatabaseOn` copies. */
export async function prepareTemplate(serverUrl: string): Promise<void> {
  await withClient(serverUrl, (client) => client.query(`CREATE DATABASE ${TEMPLATE}`));
  await migrate(databaseUrl(serverUrl, TEMPLATE), MIGRATIONS);
}

function databaseUrl(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
