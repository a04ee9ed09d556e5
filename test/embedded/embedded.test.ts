import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, lstat, mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { withClient } from '../../src/store/database/migrations.js';
import { bundle, copyEmptyCluster, exited, isRunning, leash, processTree, signalAll, until } from '../support/index.js';

interface Said {
  url?: string;
  owned?: boolean;
  error?: string;
  message?: string;
}

let program: string;
let folder: string;
let dataDir: string;
let holders: ChildProcess[];

beforeAll(async () => {
  program = await bundle('test/embedded/holder.ts');
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-data-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'data');
  await mkdir(dataDir);
  await copyEmptyCluster(join(dataDir, 'postgres'));
  holders = [];
});

afterEach(async () => {
  for (const holder of holders) {
    holder.kill('SIGTERM');
    await exited(holder);
  }
  const pid = await serverPid().catch(() => 0);
  if (pid > 0) await until('the server to be gone', async () => !(await isRunning(pid)));
  const cluster = await realpath(join(dataDir, 'postgres')).catch(() => '');
  if (cluster) await rm(cluster, { recursive: true });
  await rm(folder, { recursive: true, force: true });
});

/** A process that holds the database, and what it has said; `next` waits for its next line. */
function hold(opened = dataDir, nodeArgs: string[] = []) {
  const args = [...nodeArgs, program, opened];
  const child = leash(spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true }));
  holders.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, next: async (): Promise<Said> => JSON.parse((await lines.next()).value ?? '{}') };
}

/** Has the data made by whoever opens them first. */
const withoutData = () => rm(dataDir, { recursive: true });

const ask = (url: string | undefined, sql: string) => withClient(url ?? '', async (client) => (await client.query(sql)).rows);
const serverPid = async () => Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]);

describe('the embedded database', () => {
  test('commits durably', async () => {
    await withoutData();
    const { url, owned } = await hold().next();
    expect(owned).toBe(true);
    const settings = `SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY 1`;
    expect((await ask(url, settings)).map((row) => row.setting)).toEqual(['on', 'on', 'on']);
  });

  test('starts and is joined while somebody sets the clock', async () => {
    const jumping = 'let hours = 0; const { now } = Date; Date.now = () => now() + 3_600_000 * hours++;';
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(jumping)}`];
    expect(await hold(dataDir, nodeArgs).next()).toMatchObject({ owned: true });
    expect(await hold(dataDir, nodeArgs).next()).toMatchObject({ owned: false });
  });

  test('ends with its process, and keeps its rows', async () => {
    const first = hold();
    const { url } = await first.next();
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS a');
    const pid = await serverPid();
    first.child.kill('SIGTERM');
    await exited(first.child);
    expect(await isRunning(pid)).toBe(false);
    expect(await ask((await hold().next()).url, 'SELECT a FROM kept')).toEqual([{ a: 7 }]);
  });

  test('has one server, however many processes open it at once', async () => {
    await withoutData();
    const said = await Promise.all([hold().next(), hold().next(), hold().next()]);
    expect(said.map((line) => line.error)).toEqual([undefined, undefined, undefined]);
    expect(said.filter((line) => line.owned)).toHaveLength(1);
    expect(new Set(said.map((line) => line.url)).size).toBe(1);
  });

  test('is taken over by another process when the one that ran it ends', async () => {
    const first = hold();
    const { url } = await first.next();
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS a');
    const second = hold();
    expect(await second.next()).toEqual({ url, owned: false });
    first.child.kill('SIGTERM');
    expect(await second.next()).toEqual({ message: 'the embedded database is back', owned: true });
    expect(await ask(url, 'SELECT a FROM kept')).toEqual([{ a: 7 }]);
  });

  test('ends when its process is killed, and is opened again at once with every row that was committed', async () => {
    for (let round = 0; round < 3; round++) {
      const holder = hold();
      const { url } = await holder.next();
      await ask(url, 'CREATE TABLE IF NOT EXISTS kept (a int)');
      expect(await ask(url, 'SELECT count(*)::int AS n FROM kept')).toEqual([{ n: round }]);
      await ask(url, 'INSERT INTO kept VALUES (1)');
      const pid = await serverPid();
      process.kill(-(holder.child.pid as number), 'SIGKILL');
      if (round === 0) await until('the guard to end the server', async () => !(await isRunning(pid)));
    }
  });

  test('survives a kill of its process together with the server and its guard', async () => {
    const holder = hold();
    const { url } = await holder.next();
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS a');
    signalAll(await processTree(holder.child.pid as number), 'SIGKILL');
    const { url: again, owned } = await hold().next();
    expect(owned).toBe(true);
    expect(await ask(again, 'SELECT a FROM kept')).toEqual([{ a: 7 }]);
  });

  test('ends a server that a killed process has left behind without a guard', async () => {
    const holder = hold();
    await holder.next();
    const orphan = await serverPid();
    const others = (await processTree(holder.child.pid as number)).slice(1);
    const guards = [];
    for (const pid of others) {
      const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'ended')).trim();
      if (name !== 'postgres' && name !== 'ended') guards.push(pid);
    }
    expect(guards).toHaveLength(1);
    signalAll([holder.child.pid as number, ...guards], 'SIGKILL');
    expect(await hold().next()).toMatchObject({ owned: true });
    expect(await serverPid()).not.toBe(orphan);
  });

  test('is started again when the server alone is killed', async () => {
    const holder = hold();
    const { url } = await holder.next();
    process.kill(await serverPid(), 'SIGKILL');
    expect(await holder.next()).toEqual({ message: 'the embedded database is back', owned: true });
    expect(await ask(url, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
  });

  test('starts although the number of a dead server now belongs to another process of the same user', async () => {
    const holder = hold();
    await holder.next();
    const lockFile = join(dataDir, 'postgres', 'postmaster.pid');
    const left = await readFile(lockFile, 'utf8');
    const { uid, gid } = await lstat(await realpath(join(dataDir, 'postgres')));
    holder.child.kill('SIGTERM');
    await exited(holder.child);
    const other = leash(spawn('/bin/sleep', ['60'], { uid, gid, stdio: 'ignore' }));
    await writeFile(lockFile, left.replace(/^\d+/, String(other.pid)));
    expect(await hold().next()).toMatchObject({ owned: true });
    other.kill();
  });

  test('refuses data of another major version in one line', async () => {
    await writeFile(join(dataDir, 'postgres', 'PG_VERSION'), '12\n');
    const { error } = await hold().next();
    expect(error).toMatch(/^DATA_DIR .* holds data of PostgreSQL 12, but this is PostgreSQL \d+: .*$/);
  });

  test('takes a DATA_DIR whose path is too long for a socket', async () => {
    const holder = hold(join(dataDir, 'a'.repeat(60), 'b'.repeat(60)));
    const { url, owned } = await holder.next();
    expect(owned).toBe(true);
    expect(await ask(url, 'SELECT 1 AS a')).toEqual([{ a: 1 }]);
    holder.child.kill('SIGTERM');
    await exited(holder.child);
    await rm(new URL(url ?? '').searchParams.get('host') ?? '', { recursive: true });
  });
});

function asRoot(): void {
  test('keeps the data elsewhere where that user cannot enter DATA_DIR, and finds them again', async () => {
    const closed = join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    dataDir = join(closed, 'data');
    const first = hold();
    const { url } = await first.next();
    expect(await realpath(join(dataDir, 'postgres'))).toMatch(/^\/var\/lib\/tidings\//);
    await ask(url, 'CREATE TABLE kept AS SELECT 7 AS a');
    first.child.kill('SIGTERM');
    await exited(first.child);
    expect(await ask((await hold().next()).url, 'SELECT a FROM kept')).toEqual([{ a: 7 }]);
  });
}

if (process.getuid?.() === 0) describe('as root', asRoot);
