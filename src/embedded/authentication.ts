import { lchown, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import type { DataFolder } from './data-folder.js';

/** Names the map of pg_ident.conf. */
const MAP = 'owner';

/**
 * Writes who may connect. Where the server runs as ourselves, its folder keeps all others out. Where root
 * runs it as another user, the kernel tells the server who connects, and it lets in root alone: programs that
 * share the server's user, such as `nobody`, pass its folder.
 */
export async function writeAuthentication({ folder, user }: Pick<DataFolder, 'folder' | 'user'>): Promise<void> {
  const method = user === null ? 'trust' : `peer map=${MAP}`;
  await replace(join(folder, 'pg_hba.conf'), `local all all ${method}\n`, user);
  await replace(join(folder, 'pg_ident.conf'), `${MAP} "${ownName()}" postgres\n`, user);
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user without a name runs the server as itself, so nothing is mapped.
    return 'root';
  }
}

/**
 * Writes a file beside its place and renames it. Follows no link that the server's user may have put there.
 */
async function replace(file: string, text: string, user: DataFolder['user']): Promise<void> {
  // On a full disk the server of a former run can start again.
  if ((await readFile(file, 'utf8').catch(() => '')) === text) return;
  const unfinished = `${file}.${process.pid}`;
  await rm(unfinished, { force: true });
  await writeFile(unfinished, text, { flag: 'wx', mode: 0o600 });
  if (user) await lchown(unfinished, user.uid, user.gid);
  await rename(unfinished, file);
}
