import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type Binaries, locateBinaries, program } from '../../src/embedded/binaries.js';
import { ROOTS_FOLDER } from '../../src/embedded/data-folder.js';
import { type ServerUser, serverUser, spawnAs } from '../../src/embedded/server-user.js';
import { leash } from './leash.js';
import { exited, freePort, processTree, signalAll, stopTree, until } from './process.js';

const run = promisify(execFile);

export interface PostgresOptions {
  /** Overrides settings of postgresql.conf. fsync is off by default. */
  settings?: Record<string, string>;
  /**
   * Folder for the data; by default a new one below the temporary folder, removed by `stop`. Its owner is
   * the server's user.
   */
  folder?: string;
  /** Names the folder of `initdb` and `postgres` of another version than the product's. */
  bin?: string;
  /** Listens on a TCP port of 127.0.0.1 as well. Default true. */
  tcp?: boolean;
}

/** Controls a private PostgreSQL that tests may stop, pause and kill. */
export interface TestPostgres {
  /** Leads to database `postgres`, by TCP if there is a port. */
  readonly url: string;
  readonly port: number;
  /** Holds the Unix socket, and the data (in `data`). */
  readonly folder: string;
  readonly pid: number;
  urlOf(database: string): string;
  /** Ends the server and all its children by SIGKILL. */
  kill(): Promise<void>;
  /** Ends it by a fast shutdown; the data stay. */
  shutdown(): Promise<void>;
  /** Stops every process of the server by SIGSTOP. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Starts it again on the same port and data, after `kill` or `shutdown`. */
  restart(): Promise<void>;
  /** Ends it and removes what it left. */
  stop(): Promise<void>;
}

export interface PostgresInstallation {
  user: ServerUser | null;
  binaries: Binaries;
}

const installations = new Map<string | null, Promise<PostgresInstallation>>();

/** Finds the PostgreSQL that tests run, and its user; with a folder, the one that is there. */
export function findPostgres(bin: string | null = null): Promise<PostgresInstallation> {
  const known = installations.get(bin);
  if (known !== undefined) return known;
  const found = serverUser().then(async (user) => ({
    user,
    binaries: await locateBinaries(user, bin, join(ROOTS_FOLDER, 'binaries')),
  }));
  installations.set(bin, found);
  return found;
}

/** Makes a folder below the temporary one that PostgreSQL's user owns. */
export async function serverFolder(name: string): Promise<string> {
  const { user } = await findPostgres();
  const folder = await mkdtemp(join(tmpdir(), `tidings-${name}-`));
  await chmod(folder, 0o755);
  if (user) await chown(folder, user.uid, user.gid);
  return folder;
}

/** Copies a folder of a server with owners and rights. */
export const copyFolder = (from: string, to: string): Promise<unknown> => run('cp', ['-a', from, to]);

/** Copies the empty cluster that all tests share: making one takes a second of the processor. */
export const copyEmptyCluster = (data: string): Promise<unknown> => copyFolder(process.env.TIDINGS_TEST_CLUSTER ?? '', data);

/**
 * Makes an empty cluster in `folder`/data, for user `postgres`, without a password, in the form that the product gives
 * to its own.
 */
export async function initDatabase(folder: string, bin?: string): Promise<void> {
  const data = join(folder, 'data');
  if (bin === undefined && process.env.TIDINGS_TEST_CLUSTER) {
    await copyEmptyCluster(data);
    return;
  }
  const { user, binaries } = await findPostgres(bin);
  const form = ['-E', 'UTF8', '--no-locale', '--data-checksums'];
  const args = ['-D', data, '-U', 'postgres', '--auth=trust', ...form, '--no-sync'];
  await run(program(binaries, 'initdb'), args, spawnAs(user));
}

export async function startPostgres(options: PostgresOptions = {}): Promise<TestPostgres> {
  const { user, binaries } = await findPostgres(options.bin);
  const folder = options.folder ?? (await serverFolder('postgres'));
  const data = join(folder, 'data');
  const log = join(folder, 'postgres.log');
  const port = options.tcp === false ? 5432 : await freePort();
  const settings: Record<string, string> = {
    fsync: 'off',
    full_page_writes: 'off',
    shared_buffers: '64MB',
    max_connections: '200',
    port: String(port),
    listen_addresses: options.tcp === false ? '' : '127.0.0.1',
    unix_socket_directories: folder,
    ...options.settings,
  };
  const args = ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  let server: ChildProcess;

  async function start(): Promise<void> {
    const output = createWriteStream(log, { flags: 'a' });
    // A test may fill the disk. A server that cannot write its log stands still.
    output.on('error', () => server.stderr?.resume());
    server = spawn(program(binaries, 'postgres'), args, {
      ...spawnAs(user),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    // QUIT ends it at once, and its backends after 5 seconds also if they stand still.
    leash(server, { signal: 'QUIT', folder });
    server.stderr?.pipe(output);
    const pidFile = join(data, 'postmaster.pid');
    await until(`PostgreSQL to be ready (${log})`, async () => {
      if (server.exitCode !== null) throw new Error(`PostgreSQL ended: ${await readFile(log, 'utf8')}`);
      const lines = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n');
      return lines[0] === String(server.pid) && ['ready', 'standby'].includes(lines[7]?.trim() ?? '');
    });
  }

  async function signalTree(signal: NodeJS.Signals): Promise<void> {
    signalAll(await processTree(server.pid as number), signal);
  }

  async function shutdown(): Promise<void> {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGINT');
    await exited(server);
  }

  if (!options.folder) await initDatabase(folder, options.bin);
  await start();
  const urlOf = (database: string) =>
    options.tcp === false
      ? `postgresql://postgres@localhost/${database}?host=${folder}`
      : `postgresql://postgres@127.0.0.1:${port}/${database}`;
  return {
    url: urlOf('postgres'),
    urlOf,
    port,
    folder,
    get pid() {
      return server.pid as number;
    },
    async kill() {
      await signalTree('SIGKILL');
      await exited(server);
    },
    shutdown,
    async pause() {
      await stopTree(server.pid as number);
    },
    resume: () => signalTree('SIGCONT'),
    restart: start,
    async stop() {
      await signalTree('SIGCONT');
      await shutdown();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
