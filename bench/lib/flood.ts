import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { leash } from '../../test/support/leash.js';

export interface Flood {
  /** Resolves once the first call was answered: how a process starts is no part of a load. */
  begun: Promise<void>;
  /** @returns how many calls were answered */
  stop(): Promise<number>;
}

interface FloodOptions {
  /** Ports of API nodes, over which the callers are spread. */
  ports: readonly number[];
  apiKey: string;
  callers: number;
  /** Posted in turn. */
  bodies: readonly string[];
}

/** Posts bodies to API nodes, again and again without a pause, from a process of its own. */
export function startFlood({ ports, apiKey, callers, bodies }: FloodOptions): Flood {
  const child = spawn(process.execPath, [resolve('bench/client/flood.mjs'), ports.join(), apiKey, String(callers)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  leash(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const nextLine = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the flood failed');
    return value;
  };
  const begun = nextLine().then(() => {});
  const ended = begun.then(nextLine).then(Number);
  // `stop` reports the failure.
  ended.catch(() => {});
  child.stdin.end(JSON.stringify(bodies));
  return {
    begun,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
