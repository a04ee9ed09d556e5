import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import type { Measure } from '../lib/measure.js';
import { number, sample, show } from '../lib/table.js';

const NODE = '.cache/bench/live-node.mjs';

interface Published {
  events: number;
  seconds: number;
  deliveries: number;
  cpuUsPerEvent: number;
  subscriptions: number;
  rss: number;
}

interface Received {
  events: number;
  p50: number;
  p99: number;
}

/** A child that answers each command with one JSON line. */
class Child {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(core: number, args: readonly string[]) {
    this.#child = spawn('taskset', ['-c', String(core), process.execPath, ...args]);
    this.#child.stderr.pipe(process.stderr);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async next<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('a child has ended');
    return JSON.parse(value) as T;
  }

  say(command: string): void {
    this.#child.stdin.write(`${command}\n`);
  }

  ask<T>(command: string): Promise<T> {
    this.say(command);
    return this.next<T>();
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      this.#child.once('exit', () => resolve());
      this.say('quit');
    });
  }
}

interface Run {
  atRate: Array<Published & Received>;
  atOnce: Published[];
}

async function run(
  kind: 'index' | 'scan',
  extra: number,
  size: { connections: number; events: number; rounds: number },
): Promise<Run> {
  const node = new Child(0, [NODE, kind]);
  const { port } = await node.next<{ port: number }>();
  const pages = new Child(1, ['bench/floors/live-pages.mjs', String(port), String(size.connections), String(extra)]);
  await pages.next();
  const found: Run = { atRate: [], atOnce: [] };
  for (let round = 0; round <= size.rounds; round++) {
    await pages.ask('mark');
    // A scan falls behind and would take minutes.
    const atRate = kind === 'scan' ? Math.ceil(size.events / 5) : size.events;
    const published = await node.ask<Published>(`publish ${atRate} 1000 ${size.connections}`);
    const received = await pages.ask<Received>(`expect ${published.deliveries}`);
    const many = kind === 'scan' ? Math.ceil(size.events / 20) : size.events * 4;
    await pages.ask('mark');
    const atOnce = await node.ask<Published>(`publish ${many} 0 ${size.connections}`);
    await pages.ask(`expect ${atOnce.deliveries}`);
    if (round === 0) continue;
    found.atRate.push({ ...published, ...received, events: published.events });
    found.atOnce.push(atOnce);
  }
  await pages.stop();
  await node.stop();
  return found;
}

/** The node on core 0, its pages on core 1; no database, no Redis: what is measured is matching and delivery. */
export const live: Measure = {
  name: 'live',
  about:
    'live events to 10,000 connections with 5 subscriptions each, 1,000 events a second, an event for 4 of them on average: the index beside a scan, and with 100,000 subscriptions more that do not match',
  async run({ progress, quick }) {
    await build({
      entryPoints: ['bench/floors/live-node.ts'],
      outfile: NODE,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
    });
    const size = quick ? { connections: 500, events: 1000, rounds: 1 } : { connections: 10_000, events: 10_000, rounds: 3 };
    const rows: Array<Record<string, string>> = [];
    for (const [name, kind, extra] of [
      ['index', 'index', 0],
      ['index, and 10 times as many that do not match', 'index', 10],
      ['scan', 'scan', 0],
    ] as const) {
      progress(name);
      const { atRate, atOnce } = await run(kind, extra, size);
      const of = (list: readonly Published[], value: (one: Published) => number) => show(sample(list.map(value)));
      rows.push({
        matching: name,
        subscriptions: number(atRate[0]?.subscriptions ?? 0),
        'at 1,000/s: delivered/s': of(atRate, (one) => one.deliveries / one.seconds),
        'p50 ms': show(sample(atRate.map((one) => one.p50))),
        'p99 ms': show(sample(atRate.map((one) => one.p99))),
        'CPU µs per event': of(atRate, (one) => one.cpuUsPerEvent),
        'at once: matched/s': of(atOnce, (one) => one.events / one.seconds),
        'CPU µs per event at once': of(atOnce, (one) => one.cpuUsPerEvent),
        MiB: number((atOnce.at(-1)?.rss ?? 0) / 2 ** 20),
      });
    }
    return rows;
  },
};
