import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { leash } from '../../test/support/leash.js';

export interface Flood {
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
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    printed += chunk;
  });
  const ended = new Promise<number>((done, failed) => {
    child.once('close', (status) => {
      if (status === 0) done(Number(printed));
      else failed(new Error('the flood failed'));
    });
  });
  // `stop` reports the failure.
  ended.catch(() => {});
  child.stdin.end(JSON.stringify(bodies));
  return {
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
