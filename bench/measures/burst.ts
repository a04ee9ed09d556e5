import { Client } from 'pg';
import { startFloor } from '../lib/floor.js';
import { nowUs, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure } from '../lib/measure.js';
import { startNats } from '../lib/nats.js';
import { insertDelivered } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { settledSoFar, untilSettled } from '../lib/settled.js';
import { number, sample, show } from '../lib/table.js';

const GLOBALS = 100;
const SIZE = 200;

export const burst: Measure = {
  name: 'burst',
  about:
    '100 global messages of 200 bytes back to back to N plain connections, through the API: deliveries and confirmed rows per second',
  placement:
    'Delivery node, floor and NATS on core 0, the load client on core 1; API node, PostgreSQL and Redis where the kernel puts them',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const n = quick ? 500 : 10_000;
    const product = await startBenchProduct({ placement: { delivery: 0 } });
    const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
    const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
    const ours = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients), { cpu: 1 });
    const anybody = recipients.map(() => '/');
    const theirs = await connectAll(bare.port, anybody, { cpu: 1 });
    const nats = await startNats(0);
    const peers = nats && (await connectAll(nats.webSocketPort, anybody, { cpu: 1, peer: 'nats' }));
    const db = new Client(product.databaseUrl);
    await db.connect();
    const frames: number[] = [];
    const floor: number[] = [];
    const coalesced: number[] = [];
    const peer: number[] = [];
    const confirmed: number[] = [];
    const rowsFloor: number[] = [];
    const busy: number[] = [];
    const rate = (began: number, ended: number) => (GLOBALS * n * 1e6) / (ended - began);
    async function bareRate(command: string): Promise<number> {
      await theirs.mark();
      const all = theirs.expect(GLOBALS * n, 300_000);
      const { startUs } = await bare.ask(`${command} ${GLOBALS} ${SIZE}`);
      return rate(startUs as number, (await all).lastUs);
    }
    for (let round = 0; round < rounds; round++) {
      progress(`round ${round + 1} of ${rounds}`);
      floor.push(await bareRate('send'));
      coalesced.push(await bareRate('coalesce'));
      if (nats && peers) {
        await peers.mark();
        const all = peers.expect(GLOBALS * n, 300_000);
        const began = nats.publish(GLOBALS, 'x'.repeat(SIZE));
        peer.push(rate(began, (await all).lastUs));
      }
      const before = await settledSoFar(product);
      await ours.mark();
      const cpuBefore = (await ours.stats()).cpu;
      const all = ours.expect(GLOBALS * n, 300_000);
      // An API node would have closed them during the rest of a round.
      const callers = Array.from({ length: 16 }, () => product.caller());
      const began = nowUs();
      let next = 0;
      await Promise.all(
        callers.map(async (caller) => {
          while (next++ < GLOBALS) await caller.post(pushGlobalBody('x'.repeat(SIZE)));
        }),
      );
      for (const caller of callers) caller.close();
      const { lastUs, cpu } = await all;
      frames.push(rate(began, lastUs));
      busy.push(((cpu - cpuBefore) * 1e8) / (lastUs - began));
      await untilSettled(product, before + GLOBALS * n);
      confirmed.push(rate(began, nowUs()));
      const sql = `SELECT count(*)::int AS n FROM messages WHERE status = 'DELIVERED'`;
      const stored = (await db.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
      if (stored < GLOBALS * n * (round + 1)) throw new Error(`${stored} rows are stored`);
      const { perSecond } = await insertDelivered(product.databaseUrl, { rows: (GLOBALS * n) / 4, batch: 1000, recipients: n });
      rowsFloor.push(perSecond);
    }
    await db.end();
    await Promise.all([ours.stop(), theirs.stop(), peers?.stop()]);
    await Promise.all([bare.stop(), nats?.stop()]);
    await product.stop();
    const framesPerSecond = sample(frames).median;
    const rowsRatio = sample(confirmed).median / sample(rowsFloor).median;
    const found = { tidings: `${show(sample(frames))} frames/s` };
    const natsSays = peer.length > 0 ? `NATS: ${show(sample(peer))}/s` : 'no NATS here';
    return {
      rows: [
        {
          connections: number(n),
          'frames/s': show(sample(frames)),
          'bare ws, plain loop, frames/s': show(sample(floor)),
          'bare ws, coalesced, frames/s': show(sample(coalesced)),
          'NATS core, frames/s': peer.length > 0 ? show(sample(peer)) : 'not here',
          'to bare ws': number(sample(frames).median / sample(floor).median),
          'rows confirmed/s': show(sample(confirmed)),
          'plain pg, rows/s': show(sample(rowsFloor)),
          'to plain pg': number(sample(confirmed).median / sample(rowsFloor).median),
          'load client busy': `${number(sample(busy).median)} %`,
        },
      ],
      verdicts: [
        judge('frames, to NATS core', { ...found, peer: natsSays }, framesPerSecond / sample(peer).median, { atLeast: 1 }),
        judge(
          'frames, million a second',
          { ...found, floor: `bare ws: ${show(sample(floor))}, coalesced ${show(sample(coalesced))}/s` },
          framesPerSecond / 1e6,
          { atLeast: 1 },
        ),
        judge(
          'rows, to plain pg',
          { tidings: `${show(sample(confirmed))} rows/s`, floor: `${show(sample(rowsFloor))} rows/s` },
          rowsRatio,
          { atLeast: 0.5 },
        ),
      ],
      figures: { 'frames/s': framesPerSecond, 'rows confirmed/s': sample(confirmed).median },
    };
  },
};
