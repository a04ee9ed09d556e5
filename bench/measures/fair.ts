import { keepProcessorsBusy } from '../lib/busy-processors.js';
import { CallerPool, KEPT_UP, openLoop, post } from '../lib/caller-loops.js';
import { startFlood } from '../lib/flood.js';
import { GraphqlCaller, pushBody, pushGlobalBody } from '../lib/graphql-caller.js';
import { judge, type Measure, type Result, unjudged } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { RECYCLED_WAL_SETTINGS, recycleWal } from '../lib/recycle-wal.js';
import { nameOfRound } from '../lib/rounds.js';
import { number, percentile, sample, show } from '../lib/table.js';
import { createTenant } from '../lib/tenants.js';

const PER_SECOND = 20;
const GOAL = 2;
const text = 'x'.repeat(200);

/** What tenant A does without a pause. */
interface Load {
  name: string;
  callers: number;
  bodies: string[];
}

interface Seen {
  p50: number;
  p99: number;
  achieved: number;
  /** Calls of A that were answered in a second; NaN where B is alone. */
  calls: number;
}

const names = (count: number, from: number): string[] => Array.from({ length: count }, (_, i) => `recipient-${from + i}`);
const pushes = (bodies: number, recipients: number): string[] =>
  Array.from({ length: bodies }, (_, i) => pushBody(names(recipients, i * recipients), text));

const READ = 'query($limit:Int){messages(limit:$limit){items{id recipient message status createdAt} nextToken}}';
const PUBLISH = 'mutation($input:PublishEventsInput!){publishEvents(input:$input){index id}}';
const EVENTS = Array.from({ length: 100 }, (_, i) => ({ topic: `file:${i}`, type: 'update', data: { text } }));

/** Pushes come first: they leave the rows that reads find. */
const ALL_LOADS: readonly Load[] = [
  { name: '64 callers of one', callers: 64, bodies: pushes(5_000, 1) },
  { name: '8 callers of 100', callers: 8, bodies: pushes(200, 100) },
  { name: '4 callers of 500', callers: 4, bodies: pushes(100, 500) },
  { name: '2 callers of 10,000', callers: 2, bodies: pushes(4, 10_000) },
  { name: '16 callers of globals', callers: 16, bodies: [pushGlobalBody(text)] },
  {
    name: '8 callers of 100 events',
    callers: 8,
    bodies: [JSON.stringify({ query: PUBLISH, variables: { input: { events: EVENTS } } })],
  },
  { name: '16 callers of pages of 100', callers: 16, bodies: [JSON.stringify({ query: READ, variables: { limit: 100 } })] },
];

/** Runs the loads whose names match. */
const LOADS = ALL_LOADS.filter(({ name }) => new RegExp(process.env.TIDINGS_BENCH_LOADS ?? '').test(name));

/** B pushes singly to recipients who are not connected, in an open loop; times count from when a push was due. */
class Pusher {
  readonly #pools: CallerPool[];
  #sent = 0;

  constructor(ports: readonly number[], key: string) {
    this.#pools = ports.map((port) => new CallerPool(() => new GraphqlCaller(port, key)));
  }

  async push(seconds: number): Promise<Omit<Seen, 'calls'>> {
    const times: number[] = [];
    const achieved = await openLoop(PER_SECOND, seconds, async (due) => {
      const pool = this.#pools[this.#sent % this.#pools.length];
      if (pool) await post(pool, pushBody([`recipient-${this.#sent++ % 1000}`], text));
      times.push(performance.now() - due);
    });
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), achieved };
  }

  close(): void {
    for (const pool of this.#pools) pool.close();
  }
}

export const fair: Measure = {
  name: 'fair',
  about: `${PER_SECOND} single pushes a second of tenant B: ms to the answer, alone and while tenant A does one thing without pause`,
  placement: 'Nothing is pinned: two API nodes, two delivery nodes, PostgreSQL, Redis and the load share both cores',
  minutes: 12,
  async run({ progress, quick, rounds }) {
    const seconds = quick ? 3 : 10;
    const product = await startBenchProduct({
      apiNodes: 2,
      deliveryNodes: 2,
      postgresSettings: RECYCLED_WAL_SETTINGS,
      env: { LIVE_MAX_EVENTS_PER_SECOND: '10000000' },
    });
    await recycleWal(product.databaseUrl);
    const b = new Pusher(product.apiPorts, await createTenant(product.databaseUrl, 'b'));
    const alone: Seen[] = [];
    const busy: Seen[] = [];
    const beside = new Map<string, Seen[]>(LOADS.map(({ name }) => [name, []]));
    for (let round = -1; round < rounds; round++) {
      progress(nameOfRound(round, rounds));
      const forSeconds = round < 0 ? Math.min(2, seconds) : seconds;
      const found = { ...(await b.push(forSeconds)), calls: Number.NaN };
      const besideBusy = await whileBusy(b, forSeconds);
      if (round >= 0) {
        alone.push(found);
        busy.push(besideBusy);
      }
      for (const load of LOADS) {
        const seen = await besideA(product, b, load, forSeconds);
        progress(`alone ${number(found.p50)}, ${number(found.p99)}; ${load.name}: ${number(seen.p50)}, ${number(seen.p99)} ms`);
        if (round >= 0) beside.get(load.name)?.push(seen);
      }
    }
    b.close();
    await product.stop();
    return resultOf({ alone, busy }, beside);
  },
};

/** Is the floor of all loads that occupy the processors, whoever shares out what. */
async function whileBusy(b: Pusher, seconds: number): Promise<Seen> {
  const stop = keepProcessorsBusy();
  const seen = await b.push(seconds);
  stop();
  return { ...seen, calls: Number.NaN };
}

async function besideA(product: BenchProduct, b: Pusher, { callers, bodies }: Load, seconds: number): Promise<Seen> {
  const flood = startFlood({ ports: product.apiPorts, apiKey: product.apiKey, callers, bodies });
  await flood.begun;
  const seen = await b.push(seconds);
  return { ...seen, calls: (await flood.stop()) / seconds };
}

const of = (list: readonly Seen[], value: keyof Seen) => sample(list.map((one) => one[value]));

interface Floors {
  alone: readonly Seen[];
  /** Beside a process for each processor that only computes. */
  busy: readonly Seen[];
}

function resultOf({ alone, busy }: Floors, beside: ReadonlyMap<string, Seen[]>): Result {
  const result: Result = {
    rows: [rowOf('nothing', alone, alone), rowOf('a busy process for each processor, no call', busy, alone)],
    verdicts: [],
    figures: { 'alone, p99 ms': of(alone, 'p99').median, 'processors busy, p99 ms': of(busy, 'p99').median },
  };
  const floor = `alone: p99 ${show(of(alone, 'p99'))} ms; processors busy: ${show(of(busy, 'p99'))} ms`;
  for (const [name, seen] of beside) {
    result.rows.push({ ...rowOf(name, seen, alone), "A's calls/s": show(of(seen, 'calls')) });
    const what = `p99 of B beside ${name}`;
    const tidings = `beside A: p99 ${show(of(seen, 'p99'))} ms`;
    const ratio = of(seen, 'p99').median / of(alone, 'p99').median;
    result.verdicts.push(
      isKeptUp(seen) ? judge(what, { tidings, floor }, ratio, { atMost: GOAL }) : unjudged(what, 'overloaded', `≤ ${GOAL}`),
    );
    result.figures[`${name}, p99 ms`] = of(seen, 'p99').median;
    result.figures[`${name}, A's calls/s`] = of(seen, 'calls').median;
  }
  return result;
}

const isKeptUp = (seen: readonly Seen[]): boolean => of(seen, 'achieved').min >= KEPT_UP * PER_SECOND;

function rowOf(name: string, seen: readonly Seen[], alone: readonly Seen[]): Record<string, string> {
  const toAlone = (value: 'p50' | 'p99') => number(of(seen, value).median / of(alone, value).median);
  return {
    A: name,
    'B, p50 ms': show(of(seen, 'p50')),
    'p99 ms': show(of(seen, 'p99')),
    'p99 to alone': isKeptUp(seen) ? toAlone('p99') : 'overloaded',
    'p50 to alone': toAlone('p50'),
    "A's calls/s": '',
  };
}
