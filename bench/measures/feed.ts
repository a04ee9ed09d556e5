import { Client } from 'pg';
import { cpuSeconds } from '../lib/cpu.js';
import { judge, type Measure } from '../lib/measure.js';
import { drainOnce, fillPending, PENDING } from '../lib/pending-drain.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { expectNothingPending } from '../lib/settled.js';
import { number, show } from '../lib/table.js';

type Figure = 'off' | 'on' | 'offCpu' | 'onCpu';

const SWITCH = 'mutation($enabled:Boolean!){setStatusFeed(enabled:$enabled){enabled}}';

export const feed: Measure = {
  name: 'feed',
  about: `recipients with ${PENDING} pending messages connect: messages per second until all are confirmed, with and without status events`,
  placement: 'Nothing is pinned: the nodes, PostgreSQL, Redis and the load share both cores',
  minutes: 5,
  async run({ progress, quick, rounds }) {
    const recipients = quick ? 50 : 1_000;
    const product = await startBenchProduct();
    const db = new Client(product.databaseUrl);
    await db.connect();
    const targets = await product.targets(recipientNames(recipients));
    const tenantId = (await db.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
    const found = new Rounds<Figure>();
    // Round -1 warms up node and database. The order changes from round to round: each leaves rows behind.
    for (let round = -1; round < rounds; round++) {
      progress(nameOfRound(round, rounds));
      const figures: Partial<Record<Figure, number>> = {};
      for (const mode of round % 2 === 0 ? (['off', 'on'] as const) : (['on', 'off'] as const)) {
        await switchFeed(product, mode === 'on');
        await fillPending(db, tenantId, recipients);
        const before = await productCpu(product);
        const { confirmed } = await drainOnce(product, targets);
        figures[mode] = confirmed;
        figures[`${mode}Cpu`] = (((await productCpu(product)) - before) * 1e6) / (recipients * PENDING);
        await expectNothingPending(db);
      }
      if (round >= 0) found.add(figures);
    }
    await db.end();
    await product.stop();
    const ratio = found.ratio('on', 'off');
    const [on, off] = [found.of('on'), found.of('off')];
    return {
      rows: [
        {
          recipients: number(recipients),
          'off, confirmed/s': show(off),
          'on, confirmed/s': show(on),
          'on to off': number(ratio),
          'off, CPU µs a message': show(found.of('offCpu')),
          'on, CPU µs': show(found.of('onCpu')),
        },
      ],
      verdicts: [
        judge('settling with status events to without', { tidings: `${show(on)}/s`, floor: `off: ${show(off)}/s` }, ratio, {
          atLeast: 0.8,
        }),
      ],
      figures: { 'feed off, confirmed/s': off.median, 'feed on, confirmed/s': on.median },
    };
  },
};

async function switchFeed(product: BenchProduct, enabled: boolean): Promise<void> {
  const caller = product.caller();
  const { body } = await caller.post(JSON.stringify({ query: SWITCH, variables: { enabled } }));
  caller.close();
  if (!body.includes(`"enabled":${enabled}`)) throw new Error(`the feed is not switched: ${body}`);
}

/** Sums up the nodes and PostgreSQL's processes of now. */
async function productCpu({ apiPids, deliveryPids, postgres }: BenchProduct): Promise<number> {
  let sum = await cpuSeconds(postgres.pid);
  for (const pid of [...apiPids, ...deliveryPids]) sum += await cpuSeconds(pid);
  return sum;
}
