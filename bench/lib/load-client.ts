import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { leash } from '../../test/support/leash.js';

const SOURCE = path.resolve('bench/client/wsload.c');
const BINARY = path.resolve('.cache/wsload');

/**
 * Holds the counts of `wsload` since the last mark. Times are microseconds since 1970, latencies
 * milliseconds.
 */
interface LoadReport {
  event: string;
  open: number;
  closed: number;
  failed: number;
  frames: number;
  bytes: number;
  reads: number;
  firstUs: number;
  lastUs: number;
  latencies: number;
  p50: number;
  p99: number;
  /** CPU seconds of the client so far. */
  cpu: number;
  elapsedUs: number;
}

export interface LoadClient {
  connected: LoadReport;
  mark(): Promise<void>;
  /** Resolves once `frames` data frames have come since the mark. */
  expect(frames: number, timeoutMs?: number): Promise<LoadReport>;
  stats(): Promise<LoadReport>;
  pid: number;
  stop(): Promise<void>;
}

export interface LoadClientOptions {
  v1?: boolean;
  /** Opens one live subscription per connection in v1, which matches nothing that is published. */
  subscribe?: boolean;
  mute?: boolean;
  /** Speaks a peer's protocol instead. */
  peer?: 'socketio' | 'nats';
  concurrency?: number;
  /** Pins the client to this core. */
  cpu?: number;
}

function compile(): string {
  if (!existsSync(BINARY) || statSync(BINARY).mtimeMs < statSync(SOURCE).mtimeMs) {
    mkdirSync(path.dirname(BINARY), { recursive: true });
    execFileSync('cc', ['-O2', '-o', BINARY, SOURCE], { stdio: 'inherit' });
  }
  return BINARY;
}

/**
 * Opens a connection for every target (`/?token=…`) of the server on a loopback port, from one process of
 * its own.
 */
export async function connectAll(port: number, targets: readonly string[], options: LoadClientOptions = {}): Promise<LoadClient> {
  const folder = mkdtempSync(path.join(tmpdir(), 'wsload-'));
  const file = path.join(folder, 'targets');
  writeFileSync(file, `${targets.join('\n')}\n`);
  const args = [compile(), '127.0.0.1', String(port), file, '--concurrency', String(options.concurrency ?? 200)];
  if (options.v1) args.push('--v1');
  if (options.subscribe) args.push('--subscribe');
  if (options.mute) args.push('--mute');
  if (options.peer) args.push(`--${options.peer}`);
  if (options.cpu !== undefined) args.unshift('taskset', '-c', String(options.cpu));
  const child = spawn(args[0] as string, args.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  leash(child, { folder });
  // A measure fails when its client ends.
  let stopping = false;
  child.once('exit', (status) => {
    if (!stopping) throw new Error(`the load client ended with ${status}`);
  });
  const waiting = new Map<string, (report: LoadReport) => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    const report = JSON.parse(line) as LoadReport;
    waiting.get(report.event)?.(report);
    waiting.delete(report.event);
  });
  const next = (event: string, timeoutMs: number) =>
    new Promise<LoadReport>((resolve, reject) => {
      const timer = setTimeout(() => {
        waiting.set('stats', (report) =>
          reject(new Error(`load client: no "${event}" within ${timeoutMs} ms: ${JSON.stringify(report)}`)),
        );
        child.stdin.write('stats\n');
      }, timeoutMs);
      waiting.set(event, (report) => {
        clearTimeout(timer);
        resolve(report);
      });
    });
  const ask = (command: string, event: string, timeoutMs = 30_000) => {
    const answer = next(event, timeoutMs);
    child.stdin.write(`${command}\n`);
    return answer;
  };
  const connected = await next('connected', 120_000);
  return {
    connected,
    pid: child.pid as number,
    mark: async () => void (await ask('mark', 'marked')),
    expect: (frames, timeoutMs = 60_000) => ask(`expect ${frames}`, 'reached', timeoutMs),
    stats: () => ask('stats', 'stats'),
    stop: () =>
      new Promise((resolve) => {
        stopping = true;
        child.once('exit', () => {
          rmSync(folder, { recursive: true });
          resolve();
        });
        child.stdin.end('quit\n');
      }),
  };
}
