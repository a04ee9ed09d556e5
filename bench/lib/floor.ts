import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { leash } from '../../test/support/leash.js';

/** Runs a floor or peer server in its own process: commands in, JSON lines out. */
export interface Floor {
  port: number;
  pid: number;
  /** Sends a command and waits for the next line. */
  ask(command: string): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export async function startFloor(script: string, cpu?: number): Promise<Floor> {
  const command = cpu === undefined ? [process.execPath, script] : ['taskset', '-c', String(cpu), process.execPath, script];
  const child: ChildProcess = spawn(command[0] as string, command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  leash(child);
  const lines: Array<Record<string, number>> = [];
  let wake = () => {};
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(JSON.parse(line));
    wake();
  });
  const next = async () => {
    while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return lines.shift() as Record<string, number>;
  };
  const { port } = await next();
  return {
    port: port as number,
    pid: child.pid as number,
    ask: (line) => {
      child.stdin?.write(`${line}\n`);
      return next();
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}
