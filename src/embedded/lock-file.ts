import { execFile } from 'node:child_process';
import { readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** What PostgreSQL's `postmaster.pid` says of a server. */
export interface LockFile {
  pid: number;
  port: number;
  socketFolder: string;
  ready: boolean;
}

export async function readLockFile(cluster: string): Promise<LockFile | null> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return { pid, port: Number(lines[3]), socketFolder: lines[4] ?? '', ready: lines[7]?.trim() === 'ready' };
}

/**
 * Whether the process is the server of this cluster. A dead one may stay a zombie until somebody waits for it, in a container
 * without an init for ever; and the number may belong to another process by now.
 */
export async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name, state] = /^\d+ \((.*)\) (.)/s.exec(stat) ?? [];
    if (name !== 'postgres' || state === 'Z' || state === 'X') return false;
    return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === cluster;
  }
  const { stdout } = await run('ps', ['-o', 'stat=,command=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return !stdout.trim().startsWith('Z') && stdout.includes('postgres') && stdout.includes(cluster);
}

/**
 * PostgreSQL clears a lock file of a dead process itself, after a look whether its shared memory is still in use, but believes any
 * living process or zombie of its user to be the server. A number that equals its parent's it knows to be stale: so the file
 * gets ours. (Without the file, that look at the shared memory would be lost, and with it what keeps two servers apart.)
 */
export async function markStale(file: string, pid: number): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => '');
  if (Number(text.split('\n')[0]) === pid) await writeFile(file, text.replace(/^\d+/, String(process.pid)));
}
