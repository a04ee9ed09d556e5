import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { leash } from './leash.js';
import { exited, freePort, until } from './process.js';

/** Controls a private Redis that tests may stop, pause and kill. It keeps nothing. */
export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  kill(): Promise<void>;
  /** Stops it by SIGSTOP. */
  pause(): void;
  resume(): void;
  /** Starts it again on the same port, after `kill`. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** Adds arguments of redis-server, such as `--cluster-enabled yes`. */
  args?: string[];
}

export async function startRedis(options: RedisOptions = {}): Promise<TestRedis> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'tidings-redis-'));
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  let server: ChildProcess;

  async function start(): Promise<void> {
    server = leash(spawn('redis-server', [...args, ...(options.args ?? [])], { stdio: 'ignore', detached: true }), { folder });
    let failure: Error | undefined;
    server.once('error', (error) => {
      failure = new Error(`redis-server cannot be started (Debian: apt-get install redis-server): ${error.message}`);
    });
    await until('Redis to answer', async () => {
      if (failure) throw failure;
      if (server.exitCode !== null) throw new Error(`redis-server ended with status ${server.exitCode}`);
      return answers(port);
    });
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    get pid() {
      return server.pid as number;
    },
    async kill() {
      server.kill('SIGKILL');
      await exited(server);
    },
    pause: () => server.kill('SIGSTOP'),
    resume: () => server.kill('SIGCONT'),
    restart: start,
    async stop() {
      server.kill('SIGKILL');
      await exited(server);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
    socket.once('error', () => end(false));
  });
}
