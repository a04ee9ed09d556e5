import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Whom to run PostgreSQL as. Null: as ourselves. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** PostgreSQL refuses to run as root; then it runs as `postgres` where that user exists, else as `nobody`. */
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

/** What `spawn` needs to start a process as this user. The working directory is one that everybody may enter. */
export const spawnAs = (user: ServerUser | null) => (user ? { uid: user.uid, gid: user.gid, cwd: '/' } : { cwd: '/' });

/** Whether the user can pass through the folder, every folder above it included. */
export async function canEnter(folder: string, user: ServerUser | null): Promise<boolean> {
  try {
    await run('/bin/sh', ['-c', 'cd "$0"', folder], spawnAs(user));
    return true;
  } catch {
    return false;
  }
}
