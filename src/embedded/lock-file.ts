import { execFile } from 'node:child_process';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The contents of PostgreSQL's `postmaster.pid`. */
interface LockFile {
  pid: number;
  port: number;
  socketFolder: string;
  ready: boolean;
}

export async function readLockFile(folder: string): Promise<LockFile | null> {
  const lines = (await readFile(join(folder, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]), socketFolder: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' };
}

/**
 * Tells whether the process is the server of this data folder. A dead one may stay a zombie until somebody
 * waits for it, in a container without an init for ever; and the number may belong to another process by now.
 */
export async function isServerOf(folder: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name, state] = /^\d+ \((.*)\) (.)/s.exec(stat) ?? [];
    if (name !== 'postgres' || state === 'Z' || state === 'X') return false;
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === folder;
  }
  const { stdout } = await run('ps', ['-o', 'stat=,command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return !stdout.trim().startsWith('Z') && stdout.includes('postgres') && stdout.includes(folder);
}

/**
 * Writes our process id into a lock file that is left over, so that PostgreSQL clears it. It knows the number
 * of its parent to be stale, but takes any other living process or zombie of its user for the server. The
 * file must not be deleted: PostgreSQL would not look whether the old server's shared memory is still in use,
 * which keeps two servers apart.
 */
export async function markStale(file: string, pid: number): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (Number(text.split('\n')[0]) === pid) await writeFile(file, text.replace(/^\d+/, String(process.pid)));
}
