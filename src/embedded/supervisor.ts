import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from '../core/ports/logger.js';
import { type Cluster, prepareCluster } from './data-folder.js';
import { isServerOf, markStale, readLockFile } from './lock-file.js';
import { declareOwner, watchOwner } from './owner.js';
import { Server } from './server.js';

const DATABASE = 'tidings';
/** Recovery after a crash included. */
const START_MS = 60_000;
/** How long a server that nobody looks after may go on: its owner is about to say so, or its guard is ending it. */
const ORPHAN_MS = 3_000;

/** Settings of the embedded database. */
export interface EmbeddedConfig {
  /** Folder of the data, absolute. */
  readonly dataDir: string;
  /** Folder of PostgreSQL's programs, if the operator named one. */
  readonly postgresBin: string | null;
}

/** The embedded database, as seen by one process. */
export interface Embedded {
  /** For pg and Prisma's adapter: by the Unix socket. */
  readonly url: string;
  /** Whether this process runs the server; else it is a client of one that another process runs. */
  readonly owned: boolean;
  /** Ends the server if this process runs it. */
  stop(): Promise<void>;
}

/**
 * Opens the database of DATA_DIR: starts PostgreSQL, or joins the one that another process has started, and takes its place when
 * that process ends. A server that ends by itself is started again.
 */
export async function openEmbedded({ dataDir, postgresBin }: EmbeddedConfig, logger: Logger): Promise<Embedded> {
  if (process.platform === 'win32') throw new Error('the embedded database does not run on Windows: set DATABASE_URL');
  const supervisor = new Supervisor(await prepareCluster(dataDir, postgresBin, logger), logger);
  await supervisor.open();
  return supervisor;
}

class Supervisor implements Embedded {
  readonly url: string;
  #stopping = false;
  /** Set while it answers. */
  #server: Server | null = null;
  /** Set from its start on. */
  #started: Server | null = null;
  #opening: Promise<void> = Promise.resolve();
  #release: () => void = () => {};

  constructor(
    private readonly cluster: Cluster,
    private readonly logger: Logger,
  ) {
    this.url = `postgresql://postgres@localhost/${DATABASE}?host=${encodeURIComponent(cluster.socketFolder)}`;
  }

  get owned(): boolean {
    return this.#server !== null;
  }

  open(): Promise<void> {
    this.#opening = this.#open();
    return this.#opening;
  }

  async #open(): Promise<void> {
    const end = Date.now() + START_MS;
    let problem = '';
    while (Date.now() < end && !this.#stopping) {
      if (await this.#join()) return;
      const server = await this.#start();
      if (server === true) return;
      // Another process was faster, or children of a server that was killed still hold its memory for a moment.
      problem = server;
      await delay(100);
    }
    throw new Error(`the embedded PostgreSQL in ${this.cluster.folder} does not start: ${problem}`);
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
    const { folder } = this.cluster;
    let orphanSince = Date.now();
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
        orphanSince = Date.now();
      } else if (!told && Date.now() - orphanSince > ORPHAN_MS) {
        told = true;
        this.logger.warn({ pid: lock.pid }, 'ending an embedded database that nobody looks after');
        process.kill(lock.pid, 'SIGINT');
      }
      await delay(20);
    }
    return false;
  }

  /** True, or what went wrong. */
  async #start(): Promise<true | string> {
    const { folder, socketFolder } = this.cluster;
    const left = await readLockFile(folder);
    if (left && !(await isServerOf(folder, left.pid))) {
      await markStale(join(folder, 'postmaster.pid'), left.pid);
      await markStale(join(socketFolder, '.s.PGSQL.5432.lock'), left.pid);
    }
    const server = Server.spawn(this.cluster, this.logger);
    this.#started = server;
    if (!(await server.claimed())) return server.said;
    const owner = await declareOwner(socketFolder);
    if (!(await server.ready()) || !(await this.#makeDatabase())) {
      owner.close();
      await server.stop();
      return server.said;
    }
    this.#server = server;
    this.#release = owner.close;
    server.exited.then(() => {
      owner.close();
      this.#server = null;
      this.#reopen(`the embedded database has ended: ${server.said}`);
    });
    return true;
  }

  #reopen(reason: string): void {
    if (this.#stopping) return;
    this.logger.error({}, reason);
    this.open().then(
      () => this.logger.info({ owned: this.owned }, 'the embedded database is back'),
      (error) => this.#stopping || setTimeout(() => this.#reopen(String(error)), 1000).unref(),
    );
  }

  async #makeDatabase(): Promise<boolean> {
    const client = new pg.Client({
      host: this.cluster.socketFolder,
      user: 'postgres',
      database: 'postgres',
      connectionTimeoutMillis: 10_000,
    });
    client.on('error', () => {});
    try {
      await client.connect();
      const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
      return true;
    } catch (error) {
      // The server is ending, or another process has just made it: the caller looks again.
      this.logger.debug({ error: String(error) }, 'the embedded database cannot be asked yet');
      return false;
    } finally {
      await client.end().catch(() => {});
    }
  }
}
