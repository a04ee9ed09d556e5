import type { ChildProcess } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Limits ports: below those that Linux gives to outgoing connections (net.ipv4.ip_local_port_range), of
 * which one could take the port before its server does; above the last that `fetch` and browsers refuse to
 * ask (10080: Fetch Standard, "bad port").
 */
const [LOWEST_PORT, HIGHEST_PORT] = [10_081, 32_000];

/** Finds a TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST_PORT, HIGHEST_PORT);
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
      throw error;
    }
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Asks again after this time at the soonest and the latest, in milliseconds. */
const [SOONEST_MS, LATEST_MS] = [10, 100];

/**
 * Asks again and again until the answer is true; an error that `ask` throws ends the wait. Asks the less often the
 * longer it waits, and is a tenth late at most: questions take the processor from what is waited for.
 */
export async function until(what: string, ask: () => boolean | Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const began = Date.now();
  while (!(await ask())) {
    const waited = Date.now() - began;
    if (waited > timeoutMs) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await delay(Math.min(LATEST_MS, Math.max(SOONEST_MS, waited / 10)));
  }
}

export async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => child.once('exit', resolve));
}

/** Returns the state in /proc/PID/stat, such as R, S, T; undefined if there is no such process. */
async function stateOf(pid: number): Promise<string | undefined> {
  return (await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.[0];
}

/** Returns whether the process runs; a zombie, which has ended and that nobody has waited for, does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const state = await stateOf(pid);
  return state !== undefined && state !== 'Z' && state !== 'X';
}

/** Lists the process and all its descendants, parents first. Linux only. */
export async function processTree(root: number): Promise<number[]> {
  const children = new Map<number, number[]>();
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const fields = (await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '')).split(') ')[1]?.split(' ');
    if (!fields) continue;
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/**
 * Signals each process. One that has ended since they were listed, such as a backend whose client has
 * left, needs none.
 */
export function signalAll(pids: readonly number[], signal: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/**
 * Stops (SIGSTOP) the process and all its descendants until all stand still. Returns those it stopped,
 * parents first.
 */
export async function stopTree(root: number): Promise<number[]> {
  const stopped: number[] = [];
  for (;;) {
    // A running process may have started another meanwhile.
    const running = (await processTree(root)).filter((pid) => !stopped.includes(pid));
    if (running.length === 0) return stopped;
    signalAll(running, 'SIGSTOP');
    stopped.push(...running);
    // A process stops when it is scheduled next, or when its disk has answered.
    for (const pid of running)
      await until(`process ${pid} to stop`, async () => (await stateOf(pid)) === 'T' || !(await isRunning(pid)));
  }
}
