import { CallerPool, openLoop, post } from '../lib/caller-loops.js';
import { GraphqlCaller, pushBody } from '../lib/graphql-caller.js';
import type { Measure } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number, percentile, sample, show } from '../lib/table.js';
import { createTenant } from '../lib/tenants.js';

const PER_SECOND = 100;
const text = 'x'.repeat(200);

/** Nothing is pinned; nobody is connected. B's rate is an open loop, counted from the moment each push was due. */
export const fair: Measure = {
  name: 'fair',
  about:
    '100 single pushes a second of tenant B: ms to the answer, alone and while tenant A pushes to 10,000 recipients a call without pause',
  async run({ progress, quick }) {
    const seconds = quick ? 1 : 10;
    const product = await startBenchProduct();
    const key = await createTenant(product.databaseUrl, 'b');
    const pool = new CallerPool(() => new GraphqlCaller(product.apiPorts[0] as number, key));
    let sent = 0;
    const single = async () => {
      const times: number[] = [];
      await openLoop(PER_SECOND, seconds, async (due) => {
        await pool.post(pushBody([`recipient-${sent++ % 1000}`], text));
        times.push(performance.now() - due);
      });
      return times;
    };
    const many = pushBody(
      Array.from({ length: quick ? 1000 : 10_000 }, (_, i) => `recipient-${i}`),
      text,
    );
    await single();
    const alone: number[][] = [];
    const beside: number[][] = [];
    let calls = 0;
    for (let round = 0; round < (quick ? 1 : 5); round++) {
      progress(`round ${round + 1}`);
      alone.push(await single());
      let over = false;
      const caller = product.caller();
      const flood = (async () => {
        while (!over) {
          await post(caller, many);
          calls++;
        }
      })();
      beside.push(await single());
      over = true;
      await flood;
      caller.close();
    }
    pool.close();
    await product.stop();
    const p99 = (rounds: number[][]) => sample(rounds.map((times) => percentile(times, 0.99)));
    const p50 = (rounds: number[][]) => sample(rounds.map((times) => percentile(times, 0.5)));
    return [
      {
        'B alone, p50 ms': show(p50(alone)),
        'p99 ms': show(p99(alone)),
        'beside A, p50 ms': show(p50(beside)),
        'beside A, p99 ms': show(p99(beside)),
        'p99 beside to alone': number(p99(beside).median / p99(alone).median),
        "A's calls/s": number(calls / (seconds * beside.length)),
      },
    ];
  },
};
