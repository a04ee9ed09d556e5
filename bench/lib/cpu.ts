import { readdir, readFile } from 'node:fs/promises';

/** Counts ticks per second in /proc/PID/stat, the same on every Linux that Node runs on. */
const TICKS = 100;

// Fields count from behind the command's name, which may hold blanks. proc(5): 4 ppid, 14 utime, 15 stime,
// 16 cutime, 17 cstime.
async function stat(pid: number): Promise<{ parent: number; ticks: number } | null> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (text === null) return null;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (n: number) => Number(fields[n - 3]);
  return { parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) };
}

/** Returns the CPU seconds (user and system) of a process and its children, living or ended, so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  let ticks = 0;
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const found = await stat(Number(name));
    if (found && (Number(name) === pid || found.parent === pid)) ticks += found.ticks;
  }
  return ticks / TICKS;
}

/** Sums CPU seconds over the processes of each kind. */
export type CpuUse = Record<string, number>;

/** @param processes ids by kind, such as `api`; 'load' is added: this process itself */
export async function readCpu(processes: Record<string, readonly number[]>): Promise<CpuUse> {
  const { user, system } = process.cpuUsage();
  const use: CpuUse = { load: (user + system) / 1e6 };
  for (const [kind, pids] of Object.entries(processes)) {
    use[kind] = 0;
    for (const pid of pids) use[kind] += await cpuSeconds(pid);
  }
  return use;
}

/** Returns the CPU used between two readings, in microseconds per operation. */
export const cpuPer = (before: CpuUse, after: CpuUse, operations: number): CpuUse =>
  Object.fromEntries(Object.entries(after).map(([kind, used]) => [kind, ((used - (before[kind] ?? 0)) * 1e6) / operations]));

/** Formats microseconds by kind, such as `api 12, postgres 30`. */
export const showCpu = (use: CpuUse): string =>
  Object.entries(use)
    .map(([kind, us]) => `${kind} ${us >= 10 ? Math.round(us) : us.toFixed(1)}`)
    .join(', ');
