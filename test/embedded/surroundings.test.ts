import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { makeFolder } from '../../src/embedded/make-folder.js';
import { serverUser } from '../../src/embedded/server-user.js';
import { migrate, withClient } from '../../src/store/database/migrations.js';
import { MIGRATIONS } from '../support/database.js';
import { bundle, copyEmptyCluster, exited, leash, until } from '../support/index.js';

const run = promisify(execFile);

interface Said {
  url?: string;
  owned?: boolean;
  error?: string;
}

interface Shell {
  env?: Record<string, string>;
  umask?: string;
  /** User and group of the process, if not our own. */
  id?: number;
}

let program: string;
let folder: string;
let dataDir: string;
let holders: ChildProcess[];

beforeAll(async () => {
  program = await bundle('test/embedded/holder.ts');
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidings-shell-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'a', 'data');
  holders = [];
});
afterEach(async () => {
  await Promise.all(holders.map(end));
  const data = await realpath(join(dataDir, 'postgres')).catch(() => '');
  if (data) await rm(data, { recursive: true });
  await rm(folder, { recursive: true, force: true });
});

/** Opens the database in a process with this shell's surroundings, and nothing else in its environment. */
async function open({ env = {}, umask = '022', id }: Shell): Promise<{ said: Said; child: ChildProcess }> {
  const child = leash(
    spawn('/bin/sh', ['-c', `umask ${umask}; exec "$0" "$@"`, process.execPath, program, dataDir], {
      env: { PATH: process.env.PATH ?? '', ...env },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
      detached: true,
      ...(id === undefined ? {} : { uid: id, gid: id }),
    }),
  );
  holders.push(child);
  for await (const line of createInterface({ input: child.stdout })) return { said: JSON.parse(line), child };
  throw new Error('the process has said nothing');
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await exited(child);
}

/** Makes what can be asked for afterwards; `migrate` does so as the product does. */
const makeTable = (url: string): Promise<unknown> =>
  withClient(url, (client) => client.query('CREATE TABLE IF NOT EXISTS messages (a int)'));

/** Opens it, works on it, and ends it. */
async function worksIn(shell: Shell, work = makeTable): Promise<void> {
  const { said, child } = await open(shell);
  expect(said).toEqual({ url: expect.any(String), owned: true });
  const ours = { ...process.env };
  Object.assign(process.env, shell.env);
  try {
    await work(said.url ?? '');
    const ask = `SELECT current_schema() AS schema, current_setting('server_encoding') AS encoding, to_regclass('public.messages') IS NOT NULL AS made`;
    const { rows } = await withClient(said.url ?? '', (client) => client.query(ask));
    expect(rows).toEqual([{ schema: 'public', encoding: 'UTF8', made: true }]);
  } finally {
    for (const name of Object.keys(shell.env ?? {})) {
      if (ours[name] === undefined) delete process.env[name];
      else process.env[name] = ours[name];
    }
  }
  await end(child);
}

/** Has the data made before. */
async function makeData(): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  await copyEmptyCluster(join(dataDir, 'postgres'));
}

async function named(user: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])]);
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** Connects to the server as this user of the system; what it answers, or why it cannot be reached. */
async function connectAs(uid: number, socket: string): Promise<string> {
  const { stdout } = await run(process.execPath, ['-e', CONNECT, socket], { uid, gid: uid, cwd: '/', env: {} });
  return stdout;
}

// A startup packet for user postgres, of protocol 3.0.
const CONNECT = `
const body = Buffer.from('\\0\\3\\0\\0user\\0postgres\\0database\\0postgres\\0\\0', 'latin1');
const length = Buffer.alloc(4);
length.writeInt32BE(body.length + 4);
const socket = require('net').connect(process.argv[1]);
socket.on('error', (error) => process.stdout.write(error.code));
socket.once('data', (answer) => { process.stdout.write(answer.toString('latin1')); socket.destroy(); });
socket.write(Buffer.concat([length, body]));
`;

const SHELL: Readonly<Record<string, string>> = {
  PGPORT: '5433',
  PGSSLMODE: 'require',
  PGSSLNEGOTIATION: 'direct',
  PGOPTIONS: '-c search_path=other',
  PGHOST: '/nowhere',
  PGHOSTADDR: '192.0.2.1',
  PGUSER: 'nobody_here',
  PGPASSWORD: 'hunter2',
  PGDATABASE: 'none',
  PGDATA: '/nowhere',
  PGSERVICE: 'none',
  PGSERVICEFILE: '/nowhere',
  PGPASSFILE: '/nowhere',
  PGAPPNAME: 'a name',
  PGCLIENTENCODING: 'LATIN1',
  PGDATESTYLE: 'German',
  PGTZ: 'Nowhere/None',
  PGCONNECT_TIMEOUT: '1',
  PGTARGETSESSIONATTRS: 'standby',
  PGCHANNELBINDING: 'require',
  PGREQUIREAUTH: 'scram-sha-256',
  PGGSSENCMODE: 'require',
  PG_COLOR: 'always',
  LANG: 'xx_XX.UTF-8',
  LC_ALL: 'xx_XX.UTF-8',
  LC_MESSAGES: 'de_DE.UTF-8',
  LANGUAGE: 'de',
  TZ: 'Nowhere/None',
  HTTP_PROXY: 'http://192.0.2.1:1',
  HTTPS_PROXY: 'http://192.0.2.1:1',
  NODE_ENV: 'odd',
  NODE_OPTIONS: '--max-old-space-size=512',
  NODE_EXTRA_CA_CERTS: '/nowhere',
  TMPDIR: '/tmp',
};

/** Tries the variables in so many shares. */
const SHARES = 3;

/** Lets everybody do everything with new files, and nobody but their owner: what is between them lets pass less or more. */
const MASKS = ['000', '077'];

describe('the embedded database', () => {
  test("is made and runs whatever the shell's variables say, HOME not set, and again with a few of them at once", async () => {
    const work = (url: string) => migrate(url, MIGRATIONS);
    await worksIn({ env: SHELL }, work);
    // One may hide another, such as PGHOST what PGHOSTADDR says: those stand beside each other in the list.
    for (let first = 0; first < SHARES; first++) {
      const few = Object.entries(SHELL).filter((_, index) => index % SHARES === first);
      await worksIn({ env: { ...Object.fromEntries(few), HOME: '/nowhere' } }, work);
    }
  }, 120_000);

  test.each(MASKS)('is made and opened again under umask %s', async (umask) => {
    await worksIn({ umask });
    await worksIn({ umask });
    expect((await stat(join(dataDir, 'postgres'))).mode & 0o077).toBe(0);
  });

  test('is refused at once and whole where PostgreSQL refuses its folder', async () => {
    await makeData();
    await chmod(join(dataDir, 'postgres'), 0o755);
    const { error } = (await open({})).said;
    expect(error).toMatch(/does not start: data directory ".*" has invalid permissions Permissions should be u=rwx \(0700\) or /);
    expect(error).not.toContain('\n');
  });

  test('that cannot be started again is told of once, however often it is tried, and comes back', async () => {
    await makeData();
    const child = leash(
      spawn(process.execPath, [program, dataDir, 'logs'], { stdio: ['ignore', 'pipe', 'pipe'], detached: true }),
    );
    holders.push(child);
    const said: string[] = [];
    const logged: Array<{ level: string; message: string; line?: string }> = [];
    createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
    createInterface({ input: child.stderr }).on('line', (line) => logged.push(JSON.parse(line)));
    await until('it to be open', () => said.length === 1);
    const data = join(dataDir, 'postgres');
    await chmod(data, 0o755);
    process.kill(Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n')[0]), 'SIGKILL');
    const attempts = () => logged.filter(({ level, line }) => level === 'debug' && line?.includes('invalid permissions'));
    await until('three attempts', () => attempts().length >= 3);
    const errors = logged.filter(({ level }) => level === 'error').map(({ message }) => message);
    expect(errors).toEqual([expect.stringMatching(/has ended/), expect.stringMatching(/has invalid permissions/)]);
    await chmod(data, 0o700);
    await until('it to be back', () => said.length === 2);
  }, 30_000);

  test('is refused at once where its data are damaged', async () => {
    await makeData();
    await rm(join(dataDir, 'postgres', 'global', 'pg_control'));
    expect((await open({})).said.error).toMatch(/pg_control/);
  });
});

if (process.getuid?.() === 0) {
  describe('as root', () => {
    test.each(MASKS)('its data are put where its user can reach them under umask %s', async (umask) => {
      const closed = join(folder, 'closed');
      await mkdir(closed, { mode: 0o700 });
      dataDir = join(closed, 'data');
      await worksIn({ umask });
      expect(await realpath(join(dataDir, 'postgres'))).toMatch(/^\/var\/lib\/tidings\//);
    });

    test('data that root has copied are refused at once in one line that says what to do', async () => {
      await makeData();
      const copy = join(folder, 'copy');
      await run('cp', ['-r', dataDir, copy]);
      await rm(dataDir, { recursive: true });
      dataDir = copy;
      const { error } = (await open({})).said;
      expect(error).toMatch(/^the data in .* belong to root, .*: chown -R \d+ .* && chmod 700 .*$/);
      await run('/bin/sh', ['-c', error?.split(': ')[1] ?? '']);
      await worksIn({});
    });

    test('data below a folder that its user cannot enter are refused at once in one line', async () => {
      await makeData();
      await chmod(folder, 0o700);
      expect((await open({})).said.error).toMatch(
        /^user ".*", as whom PostgreSQL runs, cannot enter .*: open the folders above it/,
      );
    });

    test.each(['022', '077'])('another user than root runs it as itself, under umask %s', async (umask) => {
      const { uid } = (await serverUser()) ?? { uid: 0 };
      await chown(folder, uid, uid);
      await worksIn({ umask, id: uid });
      expect((await stat(join(dataDir, 'postgres'))).uid).toBe(uid);
      expect(await readdir(folder)).toEqual(['a']);
    });

    test('it runs as a user of its own, whom no other program has, and lets in root alone', async () => {
      const { said } = await open({});
      const data = join(dataDir, 'postgres');
      const { uid, gid, mode } = await stat(data);
      const [pid] = (await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n');
      expect((await stat(`/proc/${pid}`)).uid).toBe(uid);
      await expect(run('id', [String(uid)])).rejects.toThrow(/no such user/);
      expect([gid, mode & 0o777]).toEqual([uid, 0o700]);
      const socket = join(new URL(said.url ?? '').searchParams.get('host') ?? '', '.s.PGSQL.5432');
      expect((await stat(join(socket, '..'))).mode & 0o077).toBe(0);
      const { uid: nobody } = await named('nobody');
      expect(await connectAs(nobody, socket)).toBe('EACCES');
      expect(await connectAs(uid, socket)).toMatch(/^E.*Peer authentication failed for user "postgres"/);
      expect(await connectAs(0, socket)).toMatch(/^R/);
    });

    test('data that a former version gave to nobody are taken from there, and kept', async () => {
      const { said, child } = await open({});
      await withClient(said.url ?? '', (client) => client.query('CREATE TABLE kept AS SELECT 7 AS a'));
      await end(child);
      const data = join(dataDir, 'postgres');
      const { uid } = await stat(data);
      const { uid: nobody, gid } = await named('nobody');
      await run('chown', ['-R', `${nobody}:${gid}`, data]);
      await writeFile(join(data, 'pg_hba.conf'), 'local all all trust\n');
      const again = await open({});
      expect(await withClient(again.said.url ?? '', async (client) => (await client.query('SELECT a FROM kept')).rows)).toEqual([
        { a: 7 },
      ]);
      expect((await stat(join(data, 'PG_VERSION'))).uid).toBe(uid);
      expect(await connectAs(uid, join(data, '.s.PGSQL.5432'))).toMatch(/Peer authentication failed/);
    });

    test('a folder is made with its mode whatever the mask is', async () => {
      const mask = process.umask(0o077);
      try {
        await makeFolder(join(folder, 'x', 'y'), 0o755);
      } finally {
        process.umask(mask);
      }
      for (const made of ['x', join('x', 'y')]) expect((await stat(join(folder, made))).mode & 0o777).toBe(0o755);
    });
  });
}
