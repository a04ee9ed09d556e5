import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { APOLLO, pushForNothing } from '../lib/apollo.js';
import { callFor } from '../lib/caller-loops.js';
import { startFloor } from '../lib/floor.js';
import { pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { expectNothingPending, settledSoFar, untilSettled } from '../lib/settled.js';
import { number, sample, show } from '../lib/table.js';

const CALLERS = 64;
const MIB = 2 ** 20;
/** Text that does not shrink much when PostgreSQL compresses it. */
const textOf = (bytes: number) => randomBytes(bytes).toString('base64').slice(0, bytes);

/** The floor stores each text once per row, too, and sends it once per call. */
export const size: Measure = {
  name: 'size',
  about: 'pushes of long messages to connected recipients, 64 callers: MiB of text per second, confirmed in PostgreSQL',
  placement: 'Nothing is pinned: API node, delivery node, PostgreSQL, Redis and the load share both cores, as does the floor',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const connected = quick ? 100 : 1000;
    const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    const apollo = await startFloor(APOLLO);
    for (const { bytes, perCall } of [
      { bytes: 4 * 1024, perCall: 1 },
      { bytes: 4 * 1024, perCall: 100 },
      { bytes: 64 * 1024, perCall: 1 },
      { bytes: 64 * 1024, perCall: 10 },
    ]) {
      const name = `${bytes / 1024} KiB, ${perCall} a call`;
      const product = await startBenchProduct();
      const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
      const db = new Client(product.databaseUrl);
      await db.connect();
      const text = textOf(bytes);
      let cursor = 0;
      const body = () =>
        pushBody(
          Array.from({ length: perCall }, () => recipients[cursor++ % connected] as string),
          text,
        );
      const ours: number[] = [];
      const floor: number[] = [];
      const nothing: number[] = [];
      const busy: number[] = [];
      // The first is a warm-up.
      for (let round = -1; round < rounds; round++) {
        progress(`${name}, ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
        await clients.mark();
        const settled = await settledSoFar(product);
        const load = process.cpuUsage();
        const client = (await clients.stats()).cpu;
        const began = performance.now();
        const { calls } = await callFor(quick || round < 0 ? 1 : 5, CALLERS, () => product.caller(), body);
        const count = calls * perCall;
        await clients.expect(count, 120_000);
        await untilSettled(product, settled + count);
        const seconds = (performance.now() - began) / 1000;
        await expectNothingPending(db);
        const { user, system } = process.cpuUsage(load);
        const batch = Math.max(perCall, Math.floor((4 * MIB) / bytes));
        const options = { rows: count, batch, text, rowsPerText: perCall, recipients: connected };
        const { perSecond } = await insertAndSettle(product.databaseUrl, options);
        if (perCall === 1) {
          const calls = await pushForNothing(apollo, { callers: CALLERS, seconds: quick || round < 0 ? 1 : 5, text });
          if (round >= 0) nothing.push((calls.perSecond * bytes) / MIB);
        }
        if (round < 0) continue;
        ours.push((count * bytes) / MIB / seconds);
        floor.push((perSecond * bytes) / MIB);
        busy.push(((user + system) / 1e6 + (await clients.stats()).cpu - client) / seconds);
      }
      await db.end();
      await clients.stop();
      await product.stop();
      const ratio = sample(floor).median / sample(ours).median;
      rows.push({
        'message bytes': number(bytes),
        'a call': number(perCall),
        'MiB/s confirmed': show(sample(ours)),
        'plain pg, MiB/s': show(sample(floor)),
        'plain pg to tidings': number(ratio),
        'Apollo with nothing, MiB/s': perCall === 1 ? show(sample(nothing)) : '',
        'load busy': `${number(sample(busy).median * 100)} %`,
      });
      figures[`${name}, MiB/s`] = sample(ours).median;
      const withNothing = perCall === 1 ? `; Apollo with nothing: ${show(sample(nothing))} MiB/s` : '';
      const found = {
        tidings: `${show(sample(ours))} MiB/s`,
        floor: `plain pg: ${show(sample(floor))} MiB/s${withNothing}`,
      };
      verdicts.push(judge(name, found, ratio, { atMost: 2 }));
    }
    await apollo.stop();
    return { rows, verdicts, figures };
  },
};
