import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { exited, isRunning, leash, processTree, until } from '../support/index.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-npm-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Started {
  npm: ChildProcess;
  /** Process ids of npm, the server, and those of its database. */
  tree: number[];
  server: number;
}

async function npmStart(): Promise<Started> {
  const env = { PATH: process.env.PATH, HOME: folder, DATA_DIR: join(folder, 'data'), API_PORT: '0', DELIVERY_PORT: '0' };
  const npm = spawn('npm', ['start'], { cwd: REPOSITORY, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  leash(npm);
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  await until(
    'the server to be ready',
    () => {
      if (npm.exitCode !== null) throw new Error(output);
      return output.includes('is ready (serve)');
    },
    60_000,
  );
  const tree = await processTree(npm.pid as number);
  return { npm, tree, server: tree[1] as number };
}

const allEnded = (tree: readonly number[]) =>
  until('the server and its database to end', async () => !(await Promise.all(tree.map(isRunning))).some(Boolean));

test.each<[NodeJS.Signals, 'npm' | 'server']>([
  ['SIGTERM', 'npm'],
  ['SIGINT', 'npm'],
  ['SIGHUP', 'npm'],
  ['SIGKILL', 'npm'],
  ['SIGTERM', 'server'],
  ['SIGINT', 'server'],
  ['SIGHUP', 'server'],
  ['SIGKILL', 'server'],
])(
  '%s to %s leaves nothing running',
  async (signal, whom) => {
    const { npm, tree, server } = await npmStart();
    process.kill(whom === 'npm' ? (npm.pid as number) : server, signal);
    await exited(npm);
    await allEnded(tree);
    expect(tree.length).toBeGreaterThan(2);
  },
  90_000,
);
