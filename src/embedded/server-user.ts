import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user to run PostgreSQL as, where that is not ourselves. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Finds the user to run PostgreSQL as; null if it can run as ourselves. It refuses to run as root, and then
 * runs as `postgres` where that user exists, else as `nobody`.
 */
export async function serverUser(): Promise<ServerUser | null> {
  if (process.getuid?.() !== 0) return null;
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {
      // No such user: try the next.
    }
  }
  throw new Error('PostgreSQL refuses to run as root, and there is neither a user "postgres" nor "nobody": run as another user');
}

/**
 * Environment of PostgreSQL's programs. Nothing of ours reaches them: PGPORT, PGDATA or a locale that is not
 * there would change what they do.
 */
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/** Options of `spawn` for this user. The working directory is one that everybody may enter. */
export const spawnAs = (user: ServerUser | null) => ({
  cwd: '/',
  env: ENVIRONMENT,
  ...(user ? { uid: user.uid, gid: user.gid } : {}),
});

/** Tells whether the user can pass through the folder and every folder above it. */
export async function canEnter(folder: string, user: ServerUser | null): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$0"', folder], spawnAs(user));
    return true;
  } catch {
    return false;
  }
}
