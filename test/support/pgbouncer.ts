import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withClient } from '../../src/store/database/migrations.js';
import { leash } from './leash.js';
import { findPostgres, serverFolder, type TestPostgres } from './postgres.js';
import { exited, freePort, until } from './process.js';

/** Debian installs it there. */
const PGBOUNCER = '/usr/sbin/pgbouncer';

/** Controls PgBouncer in transaction mode before all databases of a server. */
export interface TestPgBouncer {
  urlOf(database: string): string;
  stop(): Promise<void>;
}

export const hasPgBouncer = () => existsSync(PGBOUNCER);

export async function startPgBouncer(postgres: Pick<TestPostgres, 'folder' | 'port'>): Promise<TestPgBouncer> {
  const { user } = await findPostgres();
  const folder = await serverFolder('pgbouncer');
  const port = await freePort();
  const config = join(folder, 'pgbouncer.ini');
  await writeFile(join(folder, 'users'), '"postgres" ""\n');
  await writeFile(
    config,
    `[databases]
* = host=${postgres.folder} port=${postgres.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = trust
auth_file = ${join(folder, 'users')}
pool_mode = transaction
default_pool_size = 20
max_client_conn = 1000
server_login_retry = 1
logfile = ${join(folder, 'pgbouncer.log')}
`,
  );
  const server = spawn(PGBOUNCER, [config], {
    ...(user ? { uid: user.uid, gid: user.gid } : {}),
    cwd: folder,
    stdio: 'ignore',
    detached: true,
  });
  leash(server, { folder });
  const urlOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  await until('PgBouncer to answer', async () => {
    if (server.exitCode !== null) throw new Error(`pgbouncer ended with status ${server.exitCode}`);
    return withClient(urlOf('postgres'), (client) => client.query('SELECT 1')).then(
      () => true,
      () => false,
    );
  });
  return {
    urlOf,
    async stop() {
      server.kill('SIGKILL');
      await exited(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
