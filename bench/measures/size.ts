import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { callFor } from '../lib/caller-loops.js';
import { pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';
import { untilSettled } from './push.js';

const CALLERS = 8;
const MIB = 2 ** 20;
/** Text that does not shrink much when PostgreSQL compresses it. */
const textOf = (bytes: number) => randomBytes(bytes).toString('base64').slice(0, bytes);

/** Nothing is pinned. The floor stores each text once per row, too, and sends it once per call. */
export const size: Measure = {
  name: 'size',
  about: 'pushes of long messages to connected recipients, 8 callers: MiB of text per second, confirmed in PostgreSQL',
  async run({ progress, quick }) {
    const connected = quick ? 100 : 1000;
    const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
    const rows: Array<Record<string, string>> = [];
    for (const { bytes, perCall } of [
      { bytes: 4 * 1024, perCall: 1 },
      { bytes: 4 * 1024, perCall: 100 },
      { bytes: 64 * 1024, perCall: 1 },
      { bytes: 64 * 1024, perCall: 10 },
    ]) {
      const product = await startBenchProduct();
      const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
      const db = new Client(product.databaseUrl);
      await db.connect();
      const text = textOf(bytes);
      const ours: number[] = [];
      const floor: number[] = [];
      for (let round = 0; round < (quick ? 1 : 3); round++) {
        progress(`${number(bytes)} bytes, ${perCall} a call, round ${round + 1}`);
        await clients.mark();
        let cursor = 0;
        const began = performance.now();
        const { calls } = await callFor(
          quick ? 1 : 8,
          CALLERS,
          () => product.caller(),
          () =>
            pushBody(
              Array.from({ length: perCall }, () => recipients[cursor++ % connected] as string),
              text,
            ),
        );
        const count = calls * perCall;
        await clients.expect(count, 120_000);
        await untilSettled(db);
        ours.push((count * bytes) / MIB / ((performance.now() - began) / 1000));
        const batch = Math.max(perCall, Math.floor((4 * MIB) / bytes));
        const options = { rows: count, batch, text, rowsPerText: perCall, recipients: connected };
        floor.push(((await insertAndSettle(product.databaseUrl, options)).perSecond * bytes) / MIB);
      }
      await db.end();
      await clients.stop();
      await product.stop();
      rows.push({
        'message bytes': number(bytes),
        'a call': number(perCall),
        'MiB/s confirmed': show(sample(ours)),
        'plain pg, MiB/s': show(sample(floor)),
        'plain pg to tidings': number(sample(floor).median / sample(ours).median),
      });
    }
    return rows;
  },
};
