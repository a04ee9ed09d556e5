import { readFile } from 'node:fs/promises';

/** Returns the resident memory of one process in KB. */
export async function residentKb(pid: number): Promise<number> {
  return Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]);
}
