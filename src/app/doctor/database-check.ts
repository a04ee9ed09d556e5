import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Config, MIGRATIONS_FOLDER } from '../../config/index.js';
import type { Logger } from '../../core/ports/logger.js';
import { openEmbedded } from '../../embedded/supervisor.js';
import { examineDatabase, readStatus, withClient } from '../../store/database/migrations.js';
import { type Finding, notChecked, ok, reasonOf, wrong } from './finding.js';

/** A clock that differs by more than this is wrong, in milliseconds. */
const MOST_APART_MS = 2_000;

interface Inputs {
  config: Config;
  logger: Logger;
  /** This machine's clock, in milliseconds since 1970. */
  now(): number;
}

/** Looks at the database: that it is there and may be used, has all migrations, and agrees on the time. */
export async function checkDatabase({ config, logger, now }: Inputs): Promise<Finding[]> {
  const { databaseUrl } = config.store;
  if (databaseUrl !== null) return checkServer(databaseUrl, 'DATABASE_URL', now);
  if ((await lstat(join(config.dataDir, 'postgres')).catch(() => null)) === null) {
    return [
      wrong(
        'database',
        `there is none in DATA_DIR ${config.dataDir}, and no DATABASE_URL`,
        'run "tidings serve" once, or set DATA_DIR or DATABASE_URL as the node has it',
      ),
      ...unreached,
    ];
  }
  try {
    const embedded = await openEmbedded(config.embedded, logger);
    try {
      return await checkServer(embedded.url, `the embedded one in DATA_DIR ${config.dataDir}`, now);
    } finally {
      await embedded.stop();
    }
  } catch (error) {
    return [wrong('database', reasonOf(error), 'mend what it says, or restore a back-up into another DATA_DIR'), ...unreached];
  }
}

const unreached = ['migrations', 'clock'].map((check) =>
  notChecked(check, 'the database was not reached', 'mend the database first'),
);

async function checkServer(url: string, name: string, now: () => number): Promise<Finding[]> {
  try {
    await examineDatabase(url);
  } catch (error) {
    const remedy = 'check host, port, user, password and TLS of DATABASE_URL, and that the server lets this machine in';
    return [wrong('database', reasonOf(error), remedy), ...unreached];
  }
  return [ok('database', `${name} answers and may be used`), await checkMigrations(url), await checkClock(url, now)];
}

async function checkMigrations(url: string): Promise<Finding> {
  const { missing, unknown } = await readStatus(url, MIGRATIONS_FOLDER);
  if (missing.length > 0)
    return wrong('migrations', `the database lacks ${missing.join(', ')}`, 'run "tidings migrate": nodes are not ready before');
  const newer = unknown.length === 0 ? '' : `, and ${unknown.length} of a newer version, beside which this one works`;
  return ok('migrations', `all are applied${newer}`);
}

async function checkClock(url: string, now: () => number): Promise<Finding> {
  const apart = await withClient(url, async (client) => {
    const before = now();
    const { rows } = await client.query<{ ms: number }>('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS ms');
    // The answer is from some moment in between.
    return (before + now()) / 2 - (rows[0]?.ms ?? before);
  });
  if (Math.abs(apart) <= MOST_APART_MS) return ok('clock', 'this machine and the database agree on the time');
  const seconds = Math.round(Math.abs(apart) / 1000);
  return wrong(
    'clock',
    `this machine's clock is ${seconds} s ${apart > 0 ? 'ahead of' : 'behind'} the database's`,
    'let both follow NTP (chrony, systemd-timesyncd): messages go by the database, but logs, certificates and webhooks do not',
  );
}
