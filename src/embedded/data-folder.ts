import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, chown, lchown, lstat, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Logger } from '../core/ports/logger.js';
import { type Binaries, locateBinaries, program } from './binaries.js';
import { isServerOf, readLockFile } from './lock-file.js';
import { makeFolder } from './make-folder.js';
import { canEnter, privateUser, type ServerUser, serverUser, spawnAs } from './server-user.js';

const run = promisify(execFile);

/** Holds data, sockets and programs that root's server user cannot reach where they were asked for. */
export const ROOTS_FOLDER = '/var/lib/tidings';

/** A folder with the data of one PostgreSQL, and what it takes to run that. */
export interface DataFolder {
  /** Path without symbolic links. */
  folder: string;
  user: ServerUser | null;
  binaries: Binaries;
  /** Folder of the Unix socket. Nobody but the server's user (and root) may enter it. */
  socketFolder: string;
}

/** Finds the data of DATA_DIR, or makes them. See docs/design/embedded.md. */
export async function prepareDataFolder(dataDir: string, namedBin: string | null, logger: Logger): Promise<DataFolder> {
  const named = await serverUser();
  let user = named && ((await privateUser(resolve(dataDir))) ?? named);
  // The server's user has to pass through the folder.
  await (user ? makeFolder(dataDir, PASSABLE) : mkdir(dataDir, { recursive: true }));
  await chmod(dataDir, user ? PASSABLE : 0o700).catch(() => {});
  const binaries = await locateBinaries(user, namedBin, join(ROOTS_FOLDER, 'binaries'));
  const link = join(await realpath(dataDir), 'postgres');
  if ((await lstat(link).catch(() => null)) === null) await create(link, { user, named }, binaries, logger);
  const folder = await realpath(link).catch(() => {
    throw new Error(
      `DATA_DIR ${dataDir}: its "postgres" is a link to a folder that is not there: copy that, too, or delete the link`,
    );
  });
  if (user) {
    await takeFromNobody(folder, user);
    user = await ownerOf(folder, user);
  }
  if (user && !(await canEnter(folder, user))) {
    throw new Error(
      `user "${user.name}", as whom PostgreSQL runs, cannot enter ${folder}: open the folders above it (chmod a+x)`,
    );
  }
  await checkVersion(dataDir, folder, binaries);
  return { folder, user, binaries, socketFolder: await socketFolder(folder, user) };
}

/** Lets everybody pass through a folder, and nobody but its owner look into it. */
const PASSABLE = 0o711;

/** Makes the folder for what root's server user cannot reach elsewhere. A former run may have shut it. */
async function makeRootsFolder(): Promise<void> {
  await makeFolder(ROOTS_FOLDER, 0o755);
  await chmod(ROOTS_FOLDER, 0o755);
}

/** Users of new data; both null if they are ours. */
interface Users {
  /** Runs the server. */
  user: ServerUser | null;
  /** Makes the data: `initdb` takes no user without a name. */
  named: ServerUser | null;
}

async function create(link: string, users: Users, binaries: Binaries, logger: Logger): Promise<void> {
  const { user } = users;
  let target = link;
  if (user && !(await canEnter(join(link, '..'), user))) {
    target = join(ROOTS_FOLDER, createHash('sha256').update(link).digest('hex').slice(0, 12));
    await makeRootsFolder();
    logger.warn(
      { folder: target },
      `PostgreSQL runs as user "${user.name}", who cannot enter ${link}: the data are in ${target}`,
    );
  }
  if ((await stat(target).catch(() => null)) === null) await initialize(target, users, binaries);
  if (target !== link) await symlink(target, link).catch(ignoreExisting);
}

/** Makes the data beside their place, then renames them: whole or absent, also if two processes do so. */
async function initialize(target: string, { user, named }: Users, binaries: Binaries): Promise<void> {
  const unfinished = await mkdtemp(`${target}.new-`);
  if (named) await chown(unfinished, named.uid, named.gid);
  // With checksums a page that the disk has changed is an error, never an answer.
  const form = ['-E', 'UTF8', '--no-locale', '--data-checksums'];
  const args = ['-D', unfinished, '-U', 'postgres', '--auth=trust', ...form, '--no-instructions'];
  try {
    await run(program(binaries, 'initdb'), args, spawnAs(named));
    if (user) await giveTo(user, unfinished);
    await rename(unfinished, target).catch(ignoreExisting);
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new Error(`the embedded PostgreSQL cannot be made in ${target}: ${refusal(stderr) ?? error}`, { cause: error });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** Gives a folder and all that is in it to a user; links themselves, not what they lead to. */
async function giveTo({ uid, gid }: ServerUser, folder: string): Promise<void> {
  await run('chown', ['-R', '-h', `${uid}:${gid}`, folder]);
}

/**
 * Takes data from `nobody`, as whom former versions ran the server where there is no user `postgres`: many
 * programs run as that user, and could read them. A server that runs keeps its user until its next start.
 */
async function takeFromNobody(folder: string, user: ServerUser): Promise<void> {
  const { stdout } = await run('id', ['-u', 'nobody']).catch(() => ({ stdout: '' }));
  if (stdout === '' || (await stat(folder)).uid !== Number(stdout)) return;
  const lock = await readLockFile(folder);
  if (lock && (await isServerOf(folder, lock.pid))) return;
  await giveTo(user, folder);
}

/**
 * Returns the owner of the data, as whom root runs the server: PostgreSQL takes no other user.
 *
 * @throws if that is root, who has copied them: PostgreSQL takes root neither
 */
async function ownerOf(folder: string, fallback: ServerUser): Promise<ServerUser> {
  const { uid, gid } = await stat(folder);
  if (uid === 0) {
    throw new Error(
      `the data in ${folder} belong to root, as whom PostgreSQL refuses to run: chown -R ${fallback.name} ${folder} && chmod 700 ${folder}`,
    );
  }
  return uid === fallback.uid ? fallback : { name: String(uid), uid, gid };
}

async function checkVersion(dataDir: string, folder: string, binaries: Binaries): Promise<void> {
  let version: string;
  try {
    version = (await readFile(join(folder, 'PG_VERSION'), 'utf8')).trim();
  } catch (error) {
    throw new Error(`DATA_DIR ${dataDir}: its PostgreSQL data cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  if (Number(version) !== binaries.major) {
    throw new Error(
      `DATA_DIR ${dataDir} holds data of PostgreSQL ${version}, but this is PostgreSQL ${binaries.major}: name another DATA_DIR, or dump and load the data`,
    );
  }
}

/** Bounds the path of a Unix socket, on every platform. */
const SOCKET_PATH_BYTES = 103;

async function socketFolder(folder: string, user: ServerUser | null): Promise<string> {
  if (Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= SOCKET_PATH_BYTES) return folder;
  const short = join(user ? ROOTS_FOLDER : tmpdir(), `tidings-${createHash('sha256').update(folder).digest('hex').slice(0, 12)}`);
  await (user ? makeRootsFolder() : mkdir(tmpdir(), { recursive: true }));
  await mkdir(short, { mode: 0o700 }).catch(ignoreExisting);
  // Only root makes folders in its own, and the data may have changed hands.
  if (user) await lchown(short, user.uid, user.gid);
  const found = await lstat(short);
  // Somebody else may have been first, in a folder that everybody may write to.
  if (!found.isDirectory() || found.uid !== (user?.uid ?? process.getuid?.()) || (found.mode & 0o077) !== 0) {
    throw new Error(`${short} is to hold the socket of PostgreSQL, but belongs to somebody else`);
  }
  return short;
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST' && error.code !== 'ENOTEMPTY') throw error;
}

/** Picks what initdb says it failed for, with its advice. */
const refusal = (text: string | undefined) => {
  const lines = text?.trim().split('\n') ?? [];
  const told = lines.filter((line) => /error|FATAL|DETAIL|HINT|detail|hint/.test(line));
  return (told.length > 0 ? told.join(' ') : lines.at(-1)) || undefined;
};
