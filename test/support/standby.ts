import { execFile } from 'node:child_process';
import { chown, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { withClient } from '../../src/store/database/migrations.js';
import { findPostgres, serverFolder, startPostgres, type TestPostgres } from './postgres.js';
import { until } from './process.js';

const run = promisify(execFile);

export interface TestStandby extends TestPostgres {
  /** Makes the standby writable. */
  promote(): Promise<void>;
}

/**
 * Starts a streaming standby of a server that listens on TCP. From then on every commit of the primary
 * waits for it.
 */
export async function startStandby(primary: TestPostgres, settings: Record<string, string> = {}): Promise<TestStandby> {
  const folder = await serverFolder('standby');
  const data = join(folder, 'data');
  // npm's PostgreSQL lacks pg_basebackup, so this is a base backup by hand. The session must last from start
  // to stop.
  const label = await withClient(primary.url, async (client) => {
    await client.query(`SELECT pg_backup_start('standby', true)`);
    await run('cp', ['-a', join(primary.folder, 'data'), data]);
    const { rows } = await client.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    return rows[0]?.labelfile ?? '';
  });
  await rm(join(data, 'postmaster.pid'), { force: true });
  const { user } = await findPostgres();
  for (const [name, text] of [
    ['backup_label', label],
    ['standby.signal', ''],
  ] as const) {
    await writeFile(join(data, name), text);
    if (user) await chown(join(data, name), user.uid, user.gid);
  }
  const standby = await startPostgres({
    folder,
    settings: { ...settings, primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres` },
  });
  await withClient(primary.url, async (client) => {
    await client.query(`ALTER SYSTEM SET synchronous_standby_names = '*'`);
    await client.query('SELECT pg_reload_conf()');
    const state = `SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'`;
    await until('the standby to follow', async () => (await client.query(state)).rows.length === 1);
  });
  return Object.assign(standby, {
    promote: () => withClient(standby.url, async (client) => void (await client.query('SELECT pg_promote()'))),
  });
}
