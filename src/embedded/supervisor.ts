import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../core/ports/logger.js';
import { writeAuthentication } from './authentication.js';
import { type DataFolder, prepareDataFolder } from './data-folder.js';
import { isServerOf, markStale, readLockFile } from './lock-file.js';
import { declareOwner, watchOwner } from './owner.js';
import { PostgresServer } from './postgres-server.js';

const DATABASE = 'tidings';
const PORT = 5432;
const OPTIONS = '-c search_path=public';
/** Waits at most this long for a start, recovery after a crash included, in milliseconds. */
const START_MS = 60_000;
/** Waits this long after a start that failed, in milliseconds. */
const START_AGAIN_MS = 100;
/** Tries again to open the database after this time, in milliseconds. */
const REOPEN_MS = 1_000;
/**
 * Lets a server that nobody looks after go on for this long, in milliseconds. Its owner may be about to say
 * so, or its guard is ending it.
 */
const ORPHAN_MS = 3_000;
/** Looks at a server that another process is starting this often, in milliseconds. */
const LOOK_AGAIN_MS = 20;
/** Waits at most this long for a connection, in milliseconds. */
const CONNECT_MS = 10_000;

/** Settings of the embedded database. */
interface EmbeddedConfig {
  /** Folder of the data, absolute. */
  readonly dataDir: string;
  /** Folder of PostgreSQL's programs, if the operator named one. */
  readonly postgresBin: string | null;
}

/** The embedded database as seen by one process. */
interface EmbeddedDatabase {
  /** Leads to its Unix socket; for pg and Prisma's adapter. */
  readonly url: string;
  /** True if this process runs the server, false if it is a client of one that another process runs. */
  readonly owned: boolean;
  /** Stops the server if this process runs it. */
  stop(): Promise<void>;
}

/**
 * Opens the database of DATA_DIR. Starts PostgreSQL, or joins the one that another process runs, whose place
 * it takes when that process ends. A server that ends by itself is started again. See
 * docs/design/embedded.md.
 */
export async function openEmbedded({ dataDir, postgresBin }: EmbeddedConfig, logger: Logger): Promise<EmbeddedDatabase> {
  if (process.platform === 'win32')
    throw new Error('the embedded database does not run on Windows: run Tidings in WSL 2, or set DATABASE_URL');
  const supervisor = new Supervisor(await prepareDataFolder(dataDir, postgresBin, logger), logger);
  await supervisor.open();
  return supervisor;
}

class Supervisor implements EmbeddedDatabase {
  readonly url: string;
  #stopping = false;
  /** Set while the server answers. */
  #server: PostgresServer | null = null;
  /** Set from the server's start on. */
  #started: PostgresServer | null = null;
  /** Why the server could not be asked for its database, last. */
  #unasked: string | null = null;
  /** Reason why it is away, as it was told last: a lasting one is told once. */
  #told: string | null = null;
  #opening: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(
    private readonly data: DataFolder,
    private readonly logger: Logger,
  ) {
    // Says all that PGPORT, PGSSLMODE or PGOPTIONS of the shell would say otherwise.
    const params = new URLSearchParams({
      host: data.socketFolder,
      sslmode: 'disable',
      sslnegotiation: 'postgres',
      options: OPTIONS,
    });
    this.url = `postgresql://postgres@localhost:${PORT}/${DATABASE}?${params.toString().replaceAll('+', '%20')}`;
  }

  get owned(): boolean {
    return this.#server !== null;
  }

  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const end = performance.now() + START_MS;
    let problem = '';
    while (performance.now() < end && !this.#stopping) {
      if (await this.#join()) return;
      const started = await this.#start();
      if (started === true) return;
      problem = started.refusal ?? this.#unasked ?? started.said;
      if (started.refusal !== null) break;
      await delay(START_AGAIN_MS);
    }
    throw new Error(`the embedded PostgreSQL in ${this.data.folder} does not start: ${problem}`);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#started?.stop();
    await this.#opening.catch(() => {});
    await this.#started?.stop();
    this.#release();
  }

  /** Becomes a client of the server that runs, if somebody looks after it; ends it if nobody does. */
  async #join(): Promise<boolean> {
    const { folder } = this.data;
    let orphanSince = performance.now();
    let told = false;
    while (!this.#stopping) {
      const lock = await readLockFile(folder);
      if (!lock || !(await isServerOf(folder, lock.pid))) return false;
      const owner = await watchOwner(lock.socketFolder);
      if (owner) {
        if (lock.ready && (await this.#makeDatabase())) {
          this.#release = () => owner.destroy();
          owner.once('close', () => this.#reopen('the process that ran the embedded database has ended'));
          return true;
        }
        owner.destroy();
        orphanSince = performance.now();
      } else if (!told && performance.now() - orphanSince > ORPHAN_MS) {
        told = true;
        this.logger.warn({ pid: lock.pid }, 'ending an embedded database that nobody looks after');
        process.kill(lock.pid, 'SIGINT');
      }
      await delay(LOOK_AGAIN_MS);
    }
    return false;
  }

  /** Returns true, or the server that did not start. */
  async #start(): Promise<true | PostgresServer> {
    const { folder, socketFolder } = this.data;
    const left = await readLockFile(folder);
    if (left && !(await isServerOf(folder, left.pid))) {
      await markStale(join(folder, 'postmaster.pid'), left.pid);
      await markStale(join(socketFolder, '.s.PGSQL.5432.lock'), left.pid);
    }
    await writeAuthentication(this.data);
    const server = PostgresServer.spawn(this.data, this.logger);
    this.#started = server;
    if (!(await server.claimed())) return server;
    const owner = await declareOwner(socketFolder);
    if (!(await server.ready()) || !(await this.#makeDatabase())) {
      owner.close();
      await server.stop();
      return server;
    }
    this.#server = server;
    this.#release = owner.close;
    void server.exited.then(() => {
      owner.close();
      this.#server = null;
      this.#reopen(`the embedded database has ended: ${server.said}`);
    });
    return true;
  }

  #reopen(reason: string): void {
    if (this.#stopping) return;
    if (reason !== this.#told) this.logger.error({}, reason);
    this.#told = reason;
    this.open().then(
      () => {
        this.#told = null;
        this.logger.info({ owned: this.owned }, 'the embedded database is back');
      },
      (error) => this.#stopping || setTimeout(() => this.#reopen(String(error)), REOPEN_MS).unref(),
    );
  }

  /** Makes the database unless it exists. Returns false if the server cannot be asked yet. */
  async #makeDatabase(): Promise<boolean> {
    const client = new pg.Client({
      host: this.data.socketFolder,
      port: PORT,
      user: 'postgres',
      database: 'postgres',
      ssl: false,
      sslnegotiation: 'postgres',
      options: OPTIONS,
      connectionTimeoutMillis: CONNECT_MS,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
      return true;
    } catch (error) {
      // The server is ending, or another process has just made the database: the caller looks again.
      this.#unasked = error instanceof Error ? error.message : String(error);
      this.logger.debug({ error: String(error) }, 'the embedded database cannot be asked yet');
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}
