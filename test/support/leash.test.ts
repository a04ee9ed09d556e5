import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { exited, isRunning, leash, processTree, until } from './index.js';

const FIXTURE = '<rootDir>/test/support/fixtures/start-everything.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-leash-'));
  // PostgreSQL's user has to pass.
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Starts a run of jest in a worker, and answers once all its processes are there. */
async function runJest() {
  const started = join(folder, 'started');
  const args = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--testMatch', FIXTURE];
  const run = spawn(process.execPath, [...args, '--workerIdleMemoryLimit=1GB'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    // Whatever they leave below the temporary folder, they leave here.
    env: { ...process.env, TMPDIR: folder, STARTED_FILE: started },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  leash(run);
  let output = '';
  run.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  await until(
    'the run to start everything',
    () => {
      if (run.exitCode !== null) throw new Error(output);
      return existsSync(started);
    },
    90_000,
  );
  return { run, tree: await processTree(run.pid as number) };
}

const commandOf = async (pid: number) =>
  (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();

async function left(pids: readonly number[]): Promise<string[]> {
  const running = await Promise.all(pids.map(isRunning));
  return Promise.all(pids.filter((_, i) => running[i]).map(async (pid) => `${pid} ${await commandOf(pid)}`));
}

test('kill -9 of jest leaves no process and no folder behind, not even of what stands still', async () => {
  const { run, tree } = await runJest();
  const commands = (await left(tree)).join('\n');
  for (const program of [
    /jest-worker/,
    /bin\/postgres/,
    /redis-server/,
    /chromium/,
    /pgbouncer/,
    /tidings\.mjs serve/,
    /tidings\.mjs delivery/,
  ])
    expect(commands).toMatch(program);
  run.kill('SIGKILL');
  await exited(run);
  await until('every process to end', async () => (await left(tree)).length === 0).catch(async () => {
    expect(await left(tree)).toEqual([]);
  });
  // Jest's cache and the browser's profile are not ours.
  const folders = async () => (await readdir(folder)).filter((name) => name.startsWith('tidings-'));
  await until('the folders to be removed', async () => (await folders()).length === 0).catch(async () => {
    expect(await folders()).toEqual([]);
  });
}, 150_000);
