import { Client } from 'pg';
import { startFloor } from '../lib/floor.js';
import { nowUs, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';

const GLOBALS = 100;
const SIZE = 200;

/** Delivery node or floor on core 0, the load client on core 1, everything else where the kernel puts it. */
export const burst: Measure = {
  name: 'burst',
  about:
    '100 global messages of 200 bytes back to back to N plain connections: deliveries per second, and rows confirmed per second',
  async run({ progress, quick }) {
    const n = quick ? 500 : 10_000;
    const rounds = quick ? 1 : 3;
    const product = await startBenchProduct({ placement: { delivery: 0 } });
    const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
    const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
    const ours = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients), { cpu: 1 });
    const theirs = await connectAll(
      bare.port,
      recipients.map(() => '/'),
      { cpu: 1 },
    );
    const db = new Client(product.databaseUrl);
    await db.connect();
    const callers = Array.from({ length: 16 }, () => product.caller());
    const frames: number[] = [];
    const floor: number[] = [];
    const confirmed: number[] = [];
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      await theirs.mark();
      const bareAll = theirs.expect(GLOBALS * n, 300_000);
      const { startUs } = await bare.ask(`send ${GLOBALS} ${SIZE}`);
      floor.push((GLOBALS * n * 1e6) / ((await bareAll).lastUs - (startUs as number)));
      await ours.mark();
      const all = ours.expect(GLOBALS * n, 300_000);
      const began = nowUs();
      let next = 0;
      await Promise.all(
        callers.map(async (caller) => {
          while (next++ < GLOBALS) await caller.post(pushGlobalBody('x'.repeat(SIZE)));
        }),
      );
      const { firstUs, lastUs } = await all;
      frames.push((GLOBALS * n * 1e6) / (lastUs - Math.min(firstUs, began)));
      const sql = `SELECT count(*)::int AS n FROM messages WHERE status = 'DELIVERED' AND global_message_id IS NOT NULL`;
      while (((await db.query<{ n: number }>(sql)).rows[0]?.n ?? 0) < GLOBALS * n * (round + 1)) {}
      confirmed.push((GLOBALS * n * 1e6) / (nowUs() - began));
    }
    for (const caller of callers) caller.close();
    await db.end();
    await Promise.all([ours.stop(), theirs.stop(), bare.stop()]);
    await product.stop();
    return [
      {
        connections: number(n),
        'frames/s': show(sample(frames)),
        'bare ws, plain loop, frames/s': show(sample(floor)),
        'to bare ws': number(sample(frames).median / sample(floor).median),
        'rows confirmed/s': show(sample(confirmed)),
      },
    ];
  },
};
