import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { leash } from '../../test/support/leash.js';
import { judge, type Measure, type Verdict } from '../lib/measure.js';
import { nameOfRound } from '../lib/rounds.js';
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
  p50: number;
  p99: number;
}

/** Runs a process that answers each command with one JSON line. */
class Child {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;

  constructor(core: number, args: readonly string[]) {
    this.#child = spawn('taskset', ['-c', String(core), process.execPath, ...args]);
    this.#child.stderr.pipe(process.stderr);
    leash(this.#child);
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

/** Holds a node, its pages and their figures. */
interface Setting {
  name: string;
  kind: 'index' | 'scan';
  /** Counts the subscriptions per connection that never match. */
  extra: number;
  node: Child;
  pages: Child;
  atRate: Array<Published & Received>;
  atOnce: Published[];
}

const PER_SECOND = 1000;

async function open(name: string, kind: 'index' | 'scan', extra: number, connections: number): Promise<Setting> {
  const node = new Child(0, [NODE, kind]);
  const { port } = await node.next<{ port: number }>();
  const pages = new Child(1, ['bench/floors/live-pages.mjs', String(port), String(connections), String(extra)]);
  await pages.next();
  return { name, kind, extra, node, pages, atRate: [], atOnce: [] };
}

async function publish(setting: Setting, events: number, perSecond: number, connections: number): Promise<Published & Received> {
  await setting.pages.ask('mark');
  const published = await setting.node.ask<Published>(`publish ${events} ${perSecond} ${connections}`);
  const received = await setting.pages.ask<Received>(`expect ${published.deliveries}`);
  return { ...received, ...published };
}

/** Measures matching and delivery without database or Redis. All nodes run all the time and take turns. */
export const live: Measure = {
  name: 'live',
  about:
    'live events to 10,000 connections with 5 subscriptions each, 1,000 events a second, an event for 4 of them on average: the index beside a scan, and with 100,000 subscriptions more that do not match',
  placement: 'Nodes on core 0, their pages on core 1; those that are not asked are idle',
  minutes: 6,
  async run({ progress, quick, rounds }) {
    await build({
      entryPoints: ['bench/floors/live-node.ts'],
      outfile: NODE,
      bundle: true,
      packages: 'external',
      platform: 'node',
      format: 'esm',
      logLevel: 'warning',
    });
    const connections = quick ? 500 : 10_000;
    progress('connecting');
    const index = await open('index', 'index', 0, connections);
    const more = await open('index, and 10 times as many that do not match', 'index', 10, connections);
    const scan = await open('scan', 'scan', 0, connections);
    // Rounds are short, so a difference of a tenth needs more of them. A scan has as many as other measures.
    const turns = quick ? rounds : rounds * 3;
    for (let round = -1; round < turns; round++) {
      progress(nameOfRound(round, turns));
      const pair = round % 2 ? [index, more] : [more, index];
      for (const setting of round < rounds ? [...pair, scan] : pair) {
        const { atRate, atOnce } = eventsOf(setting.kind, quick);
        const paced = await publish(setting, atRate, PER_SECOND, connections);
        const unpaced = await publish(setting, atOnce, 0, connections);
        if (round < 0) continue;
        setting.atRate.push(paced);
        setting.atOnce.push(unpaced);
      }
    }
    for (const { pages, node } of [index, more, scan]) {
      await pages.stop();
      await node.stop();
    }
    return { rows: [index, more, scan].map(rowOf), verdicts: verdictsOf(index, more, scan), figures: figuresOf(index, more) };
  },
};

/** Returns how many events to publish. A scan falls behind, and would take minutes for as many. */
function eventsOf(kind: Setting['kind'], quick: boolean): { atRate: number; atOnce: number } {
  if (quick) return { atRate: 500, atOnce: 500 };
  return kind === 'scan' ? { atRate: 1_000, atOnce: 500 } : { atRate: 3_000, atOnce: 10_000 };
}

const of = (list: readonly Published[], value: (one: Published) => number) => sample(list.map(value));
const cpu = (setting: Setting) => of(setting.atRate, (one) => one.cpuUsPerEvent);
const p99 = (setting: Setting) => sample(setting.atRate.map((one) => one.p99));

const rowOf = (setting: Setting): Record<string, string> => ({
  matching: setting.name,
  subscriptions: number(setting.atRate[0]?.subscriptions ?? 0),
  'at 1,000/s: events/s achieved': show(of(setting.atRate, (one) => one.events / one.seconds)),
  'delivered/s': show(of(setting.atRate, (one) => one.deliveries / one.seconds)),
  'p50 ms': show(sample(setting.atRate.map((one) => one.p50))),
  'p99 ms': show(p99(setting)),
  'CPU µs per event': show(cpu(setting)),
  'at once: matched/s': show(of(setting.atOnce, (one) => one.events / one.seconds)),
  'at once: delivered/s': show(of(setting.atOnce, (one) => one.deliveries / one.seconds)),
  'CPU µs per event at once': show(of(setting.atOnce, (one) => one.cpuUsPerEvent)),
  MiB: number((setting.atOnce.at(-1)?.rss ?? 0) / 2 ** 20),
});

function verdictsOf(index: Setting, more: Setting, scan: Setting): Verdict[] {
  const inPairs = (list: 'atRate' | 'atOnce') =>
    sample(
      index.atRate.map(
        (_, round) => (more[list][round]?.cpuUsPerEvent ?? Number.NaN) / (index[list][round]?.cpuUsPerEvent ?? Number.NaN),
      ),
    );
  const byRate = inPairs('atRate');
  const atOnce = inPairs('atOnce');
  return [
    judge(
      '100,000 more that do not match: CPU per event at 1,000/s, to without, in pairs',
      { tidings: `${show(byRate)} times; ${show(cpu(more))} against ${show(cpu(index))} µs` },
      byRate.median,
      { atMost: 1.1 },
    ),
    judge('the same, events at once', { tidings: `${show(atOnce)} times`, floor: '' }, atOnce.median, { atMost: 1.1 }),
    judge(
      'scan to index, CPU per event',
      { tidings: `index ${show(cpu(index))} µs, p99 ${show(p99(index))} ms`, floor: `scan ${show(cpu(scan))} µs` },
      cpu(scan).median / cpu(index).median,
      { atLeast: 10 },
    ),
  ];
}

const figuresOf = (index: Setting, more: Setting): Record<string, number> => ({
  'index, CPU µs per event': cpu(index).median,
  'index, p99 ms': p99(index).median,
  'index, 100,000 more, CPU µs per event': cpu(more).median,
});
