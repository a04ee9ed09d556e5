import { CallerPool, KEPT_UP, openLoop } from '../lib/caller-loops.js';
import { startFlood } from '../lib/flood.js';
import { GraphqlCaller, pushBody } from '../lib/graphql-caller.js';
import { judge, type Measure, unjudged } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { RECYCLED_WAL_SETTINGS, recycleWal } from '../lib/recycle-wal.js';
import { number, percentile, sample, show } from '../lib/table.js';
import { createTenant } from '../lib/tenants.js';

const PER_SECOND = 100;
const GOAL = 2;
const text = 'x'.repeat(200);

interface Single {
  p50: number;
  p99: number;
  achieved: number;
}

/**
 * Pushes to recipients who are not connected. B's rate is an open loop; times count from when a push was
 * due.
 */
export const fair: Measure = {
  name: 'fair',
  about:
    '100 single pushes a second of tenant B: ms to the answer, alone and while tenant A pushes to 10,000 recipients a call without pause',
  placement: 'Nothing is pinned: API node, PostgreSQL, Redis and the load share both cores',
  minutes: 5,
  async run({ progress, quick, rounds }) {
    const seconds = quick ? 1 : 12;
    const product = await startBenchProduct({ postgresSettings: RECYCLED_WAL_SETTINGS });
    await recycleWal(product.databaseUrl);
    const key = await createTenant(product.databaseUrl, 'b');
    const pool = new CallerPool(() => new GraphqlCaller(product.apiPorts[0] as number, key));
    let sent = 0;
    const single = async (forSeconds: number): Promise<Single> => {
      const times: number[] = [];
      const achieved = await openLoop(PER_SECOND, forSeconds, async (due) => {
        await pool.post(pushBody([`recipient-${sent++ % 1000}`], text));
        times.push(performance.now() - due);
      });
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99), achieved };
    };
    const many = pushBody(
      Array.from({ length: quick ? 1000 : 10_000 }, (_, i) => `recipient-${i}`),
      text,
    );
    let calls = 0;
    const besideA = async (forSeconds: number) => {
      const flood = startFlood(product.apiPorts[0] as number, product.apiKey, many);
      const found = await single(forSeconds);
      calls += await flood.stop();
      return found;
    };
    progress('warming up');
    await single(quick ? 1 : 5);
    await besideA(quick ? 1 : 5);
    calls = 0;
    const alone: Single[] = [];
    const beside: Single[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      alone.push(await single(seconds));
      beside.push(await besideA(seconds));
    }
    pool.close();
    await product.stop();
    const of = (list: readonly Single[], value: keyof Single) => sample(list.map((one) => one[value]));
    const ratio = of(beside, 'p99').median / of(alone, 'p99').median;
    const keptUp = of([...alone, ...beside], 'achieved').min >= KEPT_UP * PER_SECOND;
    const found = { tidings: `beside A: p99 ${show(of(beside, 'p99'))} ms`, floor: `alone: p99 ${show(of(alone, 'p99'))} ms` };
    return {
      rows: [
        {
          'B alone, p50 ms': show(of(alone, 'p50')),
          'p99 ms': show(of(alone, 'p99')),
          'beside A, p50 ms': show(of(beside, 'p50')),
          'beside A, p99 ms': show(of(beside, 'p99')),
          'p99 beside to alone': keptUp ? number(ratio) : 'overloaded',
          "B's rate achieved, alone and beside": `${show(of(alone, 'achieved'))}, ${show(of(beside, 'achieved'))}`,
          "A's calls/s": number(calls / (seconds * beside.length)),
        },
      ],
      verdicts: [
        keptUp
          ? judge('p99 of B beside A to alone', found, ratio, { atMost: GOAL })
          : unjudged('p99 of B beside A to alone', 'overloaded', `≤ ${GOAL}`),
      ],
      figures: { 'alone, p99 ms': of(alone, 'p99').median, 'beside A, p99 ms': of(beside, 'p99').median },
    };
  },
};
