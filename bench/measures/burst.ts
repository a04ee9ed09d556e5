import { Client } from 'pg';
import { type Floor, startFloor } from '../lib/floor.js';
import { nowUs, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result } from '../lib/measure.js';
import { type Nats, startNats } from '../lib/nats.js';
import { insertDelivered } from '../lib/pg-floor.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { settledSoFar, untilSettled } from '../lib/settled.js';
import { number, show } from '../lib/table.js';

const GLOBALS = 100;
const SIZE = 200;
const CALLERS = 16;
const WAIT_MS = 300_000;
const text = 'x'.repeat(SIZE);

/** Figures are rates per second, except `clientBusy`, which is per cent of a core. */
type Figure = 'frames' | 'bareWs' | 'coalesced' | 'nats' | 'confirmed' | 'rowsByPg' | 'clientBusy';

export const burst: Measure = {
  name: 'burst',
  about:
    '100 global messages of 200 bytes back to back to N plain connections, through the API: deliveries and confirmed rows per second',
  placement:
    'Delivery node, floor and NATS on core 0, the load client on core 1; API node, PostgreSQL and Redis where the kernel puts them',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const connections = quick ? 500 : 10_000;
    const recipients = recipientNames(connections);
    const anybody = recipients.map(() => '/');
    const product = await startBenchProduct({ placement: { delivery: 0 } });
    const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
    const ours = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients), { cpu: 1 });
    const theirs = await connectAll(bare.port, anybody, { cpu: 1 });
    const nats = await startNats(0);
    const peers = nats && (await connectAll(nats.webSocketPort, anybody, { cpu: 1, peer: 'nats' }));
    const found = new Rounds<Figure>();
    for (let round = 0; round < rounds; round++) {
      progress(nameOfRound(round, rounds));
      found.add({
        bareWs: await throughBare(bare, theirs, 'send', connections),
        coalesced: await throughBare(bare, theirs, 'coalesce', connections),
      });
      if (nats && peers) found.add({ nats: await throughNats(nats, peers, connections) });
      found.add(await throughProduct(product, ours, connections));
      await expectStored(product, GLOBALS * connections * (round + 1));
      const rows = { rows: (GLOBALS * connections) / 4, batch: 1000, recipients: connections };
      found.add({ rowsByPg: (await insertDelivered(product.databaseUrl, rows)).perSecond });
    }
    await Promise.all([ours.stop(), theirs.stop(), peers?.stop()]);
    await Promise.all([bare.stop(), nats?.stop()]);
    await product.stop();
    return resultOf(connections, found);
  },
};

const rate = (connections: number, beganUs: number, endedUs: number) => (GLOBALS * connections * 1e6) / (endedUs - beganUs);

async function throughBare(floor: Floor, clients: LoadClient, command: 'send' | 'coalesce', connections: number) {
  await clients.mark();
  const all = clients.expect(GLOBALS * connections, WAIT_MS);
  const { startUs } = await floor.ask(`${command} ${GLOBALS} ${SIZE}`);
  return rate(connections, startUs as number, (await all).lastUs);
}

async function throughNats(nats: Nats, clients: LoadClient, connections: number): Promise<number> {
  await clients.mark();
  const all = clients.expect(GLOBALS * connections, WAIT_MS);
  const beganUs = nats.publish(GLOBALS, text);
  return rate(connections, beganUs, (await all).lastUs);
}

async function throughProduct(product: BenchProduct, clients: LoadClient, connections: number) {
  const settledBefore = await settledSoFar(product);
  await clients.mark();
  const cpuBefore = (await clients.stats()).cpu;
  const all = clients.expect(GLOBALS * connections, WAIT_MS);
  // An API node would have closed callers of the round before.
  const callers = Array.from({ length: CALLERS }, () => product.caller());
  const beganUs = nowUs();
  let next = 0;
  await Promise.all(
    callers.map(async (caller) => {
      while (next++ < GLOBALS) await caller.post(pushGlobalBody(text));
    }),
  );
  for (const caller of callers) caller.close();
  const { lastUs, cpu } = await all;
  await untilSettled(product, settledBefore + GLOBALS * connections);
  return {
    frames: rate(connections, beganUs, lastUs),
    clientBusy: ((cpu - cpuBefore) * 1e8) / (lastUs - beganUs),
    confirmed: rate(connections, beganUs, nowUs()),
  };
}

async function expectStored(product: BenchProduct, rows: number): Promise<void> {
  const db = new Client(product.databaseUrl);
  await db.connect();
  const sql = `SELECT count(*)::int AS n FROM messages WHERE status = 'DELIVERED'`;
  const stored = (await db.query<{ n: number }>(sql)).rows[0]?.n ?? 0;
  await db.end();
  if (stored < rows) throw new Error(`${stored} rows are stored`);
}

function resultOf(connections: number, found: Rounds<Figure>): Result {
  const tidings = `${show(found.of('frames'))} frames/s`;
  const withNats = found.values('nats').length > 0;
  const bare = `bare ws: ${show(found.of('bareWs'))}, coalesced ${show(found.of('coalesced'))}/s`;
  const nats = withNats ? `NATS: ${show(found.of('nats'))}/s` : 'no NATS here';
  const confirmed = { tidings: `${show(found.of('confirmed'))} rows/s`, floor: `${show(found.of('rowsByPg'))} rows/s` };
  return {
    rows: [
      {
        connections: number(connections),
        'frames/s': show(found.of('frames')),
        'bare ws, plain loop, frames/s': show(found.of('bareWs')),
        'bare ws, coalesced, frames/s': show(found.of('coalesced')),
        'NATS core, frames/s': withNats ? show(found.of('nats')) : 'not here',
        'to bare ws': number(found.ratio('frames', 'bareWs')),
        'rows confirmed/s': show(found.of('confirmed')),
        'plain pg, rows/s': show(found.of('rowsByPg')),
        'to plain pg': number(found.ratio('confirmed', 'rowsByPg')),
        'load client busy': `${number(found.of('clientBusy').median)} %`,
      },
    ],
    verdicts: [
      judge('frames, to NATS core', { tidings, peer: nats }, found.ratio('frames', 'nats'), { atLeast: 1 }),
      judge('frames, million a second', { tidings, floor: bare }, found.of('frames').median / 1e6, { atLeast: 1 }),
      judge('rows, to plain pg', confirmed, found.ratio('confirmed', 'rowsByPg'), { atLeast: 0.5 }),
    ],
    figures: { 'frames/s': found.of('frames').median, 'rows confirmed/s': found.of('confirmed').median },
  };
}
