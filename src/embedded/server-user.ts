import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The user to run PostgreSQL as, where that is not ourselves. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/**
 * Finds a user of the system to run PostgreSQL's programs as; null if they can run as ourselves. They refuse
 * to run as root, and then run as `postgres` where that user exists, else as `nobody`.
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
 * Bounds the ids that are tried. No distribution gives them to a user, a service or a container
 * (https://systemd.io/UIDS-GIDS/), and they exist in a container of 65,536 ids.
 */
const FIRST_ID = 60_578;
const IDS = 606;

/**
 * Finds a user for these data alone, without a name: what other programs run as, `nobody` above all, could
 * read the files. Null where no such id can be had, as in a container of few ids.
 *
 * @param dataDir absolute path; the same one leads to the same user
 */
export async function privateUser(dataDir: string): Promise<ServerUser | null> {
  const first = createHash('sha256').update(dataDir).digest().readUInt32BE(0);
  for (let i = 0; i < IDS; i++) {
    const id = FIRST_ID + ((first + i) % IDS);
    const user = { name: String(id), uid: id, gid: id };
    const named = await run('id', [user.name]).then(
      () => true,
      () => false,
    );
    if (!named) return (await canEnter('/', user)) ? user : null;
  }
  return null;
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
