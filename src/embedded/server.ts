import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../core/ports/logger.js';
import { program } from './binaries.js';
import type { Cluster } from './data-folder.js';
import { guard } from './guard.js';
import { readLockFile } from './lock-file.js';
import { spawnAs } from './server-user.js';
import { SETTINGS } from './settings.js';

/** How long a server may take to end before it is ended the hard way. */
const SHUTDOWN_MS = 8_000;

/** One running `postgres` with its guard. */
export class Server {
  readonly exited: Promise<void>;
  #ended = false;
  #said = '';
  #guard: ChildProcess | null = null;

  private constructor(
    private readonly cluster: Cluster,
    private readonly child: ChildProcess,
    logger: Logger,
  ) {
    this.exited = new Promise((resolve) => {
      const end = () => {
        this.#ended = true;
        this.#guard?.stdin?.destroy();
        resolve();
      };
      child.once('exit', end);
      child.once('error', (error) => {
        this.#said = error.message;
        end();
      });
    });
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#said = line;
        logger.debug({ line }, 'PostgreSQL');
      });
    }
    if (child.pid === undefined) return;
    this.#watch(child.pid);
  }

  /** Starts it; `claimed` and `ready` tell how far it gets. */
  static spawn(cluster: Cluster, logger: Logger): Server {
    const settings = { ...SETTINGS, unix_socket_directories: cluster.socketFolder };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // A session of its own: Ctrl-C on the terminal is for us, who end it when everything else has ended.
    const child = spawn(program(cluster.binaries, 'postgres'), ['-D', cluster.folder, ...args], {
      ...spawnAs(cluster.user),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    return new Server(cluster, child, logger);
  }

  /** Resolves to true once the data are this server's, to false if it ended instead. */
  claimed = () => this.#until((lock) => lock.pid === this.child.pid);

  /** Resolves to true once it answers, to false if it ended instead. */
  ready = () => this.#until((lock) => lock.pid === this.child.pid && lock.ready);

  /** The last line of its log, for people. */
  get said(): string {
    return this.#said;
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    this.child.kill('SIGINT');
    const late = setTimeout(() => this.child.kill('SIGQUIT'), SHUTDOWN_MS);
    await this.exited;
    clearTimeout(late);
  }

  async #until(reached: (lock: { pid: number; ready: boolean }) => boolean): Promise<boolean> {
    while (!this.#ended) {
      const lock = await readLockFile(this.cluster.folder);
      if (lock && reached(lock)) return true;
      await delay(5);
    }
    return false;
  }

  #watch(pid: number): void {
    const child = guard(pid, join(this.cluster.folder, 'postmaster.pid'), this.cluster.user);
    this.#guard = child;
    child.once('exit', () => {
      if (!this.#ended) setTimeout(() => this.#ended || this.#watch(pid), 100).unref();
    });
    child.once('error', () => {});
  }
}
