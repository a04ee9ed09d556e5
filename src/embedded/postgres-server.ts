import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../core/ports/logger.js';
import { program } from './binaries.js';
import type { DataFolder } from './data-folder.js';
import { guard } from './guard.js';
import { readLockFile } from './lock-file.js';
import { SETTINGS } from './postgres-settings.js';
import { spawnAs } from './server-user.js';

/** Ends a server with SIGQUIT if SIGINT has not ended it after this time, in milliseconds. */
const SHUTDOWN_MS = 8_000;
/** Reads the lock file this often while the server starts, in milliseconds. */
const LOOK_AGAIN_MS = 5;
/** Replaces a guard that died after this time, in milliseconds. */
const GUARD_AGAIN_MS = 100;

/** Remembers this many lines of its log. */
const LINES = 30;
/** Reads the lines that say why it has ended, with what it advises. */
const REFUSAL = /(?:FATAL|PANIC|DETAIL|HINT|^postgres): +(.*)$/;
/** Finds lines that are logged; others go on with a line before them, or come from before there is a log. */
const LOGGED = /^\d{4}-\d\d-\d\d /;
/** Finds refusals that pass by themselves, and those of single connections. */
const PASSING = /already exists|already in use|still in use|terminating connection|the database system is/;

/** Runs one `postgres` with its guard. See docs/design/embedded.md. */
export class PostgresServer {
  readonly exited: Promise<void>;
  #ended = false;
  readonly #said: string[] = [];
  #guard: ChildProcess | null = null;

  private constructor(
    private readonly data: DataFolder,
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
        this.#note(error.message);
        end();
      });
    });
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        this.#note(line);
        logger.debug({ line }, 'PostgreSQL');
      });
    }
    if (child.pid === undefined) return;
    this.#watch(child.pid);
  }

  /** Starts it; `claimed` and `ready` tell how far it gets. */
  static spawn(data: DataFolder, logger: Logger): PostgresServer {
    const settings = { ...SETTINGS, unix_socket_directories: data.socketFolder };
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    // A session of its own: Ctrl-C on the terminal is for us, and we stop the server after everything else.
    const child = spawn(program(data.binaries, 'postgres'), ['-D', data.folder, ...args], {
      ...spawnAs(data.user),
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    return new PostgresServer(data, child, logger);
  }

  /** Resolves to true once the data are this server's, to false if it ended instead. */
  claimed = () => this.#until((lock) => lock.pid === this.child.pid);

  /** Resolves to true once it answers, to false if it ended instead. */
  ready = () => this.#until((lock) => lock.pid === this.child.pid && lock.ready);

  /** The last line of its log, for people. */
  get said(): string {
    return this.#said.at(-1) ?? '';
  }

  /**
   * Why it has ended by itself, whole; null if it says nothing of the kind, or if another try may succeed:
   * another process was faster, or children of a server that was killed still hold its memory for a moment.
   */
  get refusal(): string | null {
    if (!this.#ended) return null;
    const told = this.#said.flatMap((line) => REFUSAL.exec(line)?.[1] ?? (LOGGED.test(line) ? [] : line));
    return told.length === 0 || this.#said.some((line) => PASSING.test(line)) ? null : told.join(' ');
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
      const lock = await readLockFile(this.data.folder);
      if (lock && reached(lock)) return true;
      await delay(LOOK_AGAIN_MS);
    }
    return false;
  }

  #note(line: string): void {
    this.#said.push(line);
    if (this.#said.length > LINES) this.#said.shift();
  }

  #watch(pid: number): void {
    const child = guard(pid, join(this.data.folder, 'postmaster.pid'), this.data.user);
    this.#guard = child;
    child.once('exit', () => {
      if (!this.#ended) setTimeout(() => this.#ended || this.#watch(pid), GUARD_AGAIN_MS).unref();
    });
    child.once('error', () => {});
  }
}
