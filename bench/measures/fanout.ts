import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { type Floor, startFloor } from '../lib/floor.js';
import { type GraphqlCaller, nowUs, pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { insertDelivered } from '../lib/pg-floor.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { Rounds } from '../lib/rounds.js';
import { number, show } from '../lib/table.js';

const SIZE = 200;
const ROUNDS = 5;
const text = 'x'.repeat(SIZE);

/** Figures are milliseconds, except `clientBusy`, a share of a core. */
type Figure = 'bareWs' | 'socketIo' | 'lastFrame' | 'stored' | 'storedAfterLastFrame' | 'loopBlocked' | 'rowsByPg' | 'clientBusy';

export const fanout: Measure = {
  name: 'fanout',
  about: 'one global message of 200 bytes to N connections: ms from its commit to the last client, beside bare ws and Socket.IO',
  placement:
    'Delivery node, floor and peer on core 0, the load client on core 1; API node, PostgreSQL and Redis where the kernel puts them',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const sizes = quick ? [1000] : fullSizes(rounds);
    for (const mode of ['plain', 'v1'] as const) {
      for (const connections of sizes) {
        progress(`${connections} ${mode} connections`);
        const found = await broadcasts(connections, mode === 'v1');
        const name = `${number(connections)} ${mode}`;
        result.rows.push(rowOf(name, found));
        Object.assign(result.figures, figuresOf(name, found));
        if (connections === sizes.at(-1)) result.verdicts.push(...verdictsOf(name, found));
      }
    }
    return result;
  },
};

/** Returns the numbers of connections. A round takes less than a second, so each connection serves five. */
const fullSizes = (rounds: number) => (rounds >= 3 ? [1000, 5000, 10_000] : [10_000]);

async function broadcasts(connections: number, v1: boolean): Promise<Rounds<Figure>> {
  const product = await startBenchProduct({ placement: { delivery: 0 }, watchLoop: true });
  const bare = await startFloor('bench/floors/bare-ws.mjs', 0);
  const peer = await startFloor('bench/floors/socket-io.mjs', 0);
  const recipients = recipientNames(connections);
  const everybody = (target: string) => recipients.map(() => target);
  const ours = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients), { v1, cpu: 1 });
  const theirs = await connectAll(bare.port, everybody('/'), { cpu: 1 });
  const peers = await connectAll(peer.port, everybody('/socket.io/?EIO=4&transport=websocket'), { cpu: 1, peer: 'socketio' });
  const db = new Client(product.databaseUrl);
  await db.connect();
  const caller = product.caller();
  const found = new Rounds<Figure>();
  for (let round = 0; round <= ROUNDS; round++) {
    const bareWs = await broadcast(bare, theirs, connections);
    const socketIo = await broadcast(peer, peers, connections);
    const figures = await globalMessage({ product, clients: ours, db, caller }, connections);
    const rows = await insertDelivered(product.databaseUrl, { rows: connections, batch: 1000, recipients: connections });
    if (round > 0) found.add({ bareWs, socketIo, ...figures, rowsByPg: (connections * 1000) / rows.perSecond });
  }
  caller.close();
  await db.end();
  await Promise.all([ours.stop(), theirs.stop(), peers.stop(), bare.stop(), peer.stop()]);
  await product.stop();
  return found;
}

async function broadcast(server: Floor, client: LoadClient, connections: number): Promise<number> {
  await client.mark();
  const all = client.expect(connections);
  const { startUs } = await server.ask(`send 1 ${SIZE}`);
  return ((await all).lastUs - (startUs as number)) / 1000;
}

interface Target {
  product: BenchProduct;
  clients: LoadClient;
  db: Client;
  caller: GraphqlCaller;
}

/** Measures from the message's commit to its last frame, and to the last receipt in the database. */
async function globalMessage({ product, clients, db, caller }: Target, connections: number) {
  await product.longestBlockMs();
  await clients.mark();
  const cpuBefore = (await clients.stats()).cpu;
  const all = clients.expect(connections);
  const answer = JSON.parse((await caller.post(pushGlobalBody(text).replace('{id}', '{id createdAt}'))).body).data
    .pushGlobalMessage;
  const committedUs = Date.parse(answer.createdAt) * 1000;
  const { lastUs } = await all;
  // A query every 10 ms takes little of the database's time.
  while ((await delivered(db, answer.id)) < connections) await delay(10);
  const storedUs = nowUs();
  return {
    lastFrame: (lastUs - committedUs) / 1000,
    stored: (storedUs - committedUs) / 1000,
    storedAfterLastFrame: (storedUs - lastUs) / 1000,
    clientBusy: (((await clients.stats()).cpu - cpuBefore) * 1e6) / (storedUs - committedUs),
    loopBlocked: await product.longestBlockMs(),
  };
}

async function delivered(db: Client, id: string): Promise<number> {
  const sql = `SELECT count(*)::int AS n FROM messages WHERE global_message_id = $1 AND status = 'DELIVERED'`;
  return (await db.query<{ n: number }>(sql, [id])).rows[0]?.n ?? 0;
}

const rowOf = (name: string, found: Rounds<Figure>): Record<string, string> => ({
  connections: name,
  'tidings ms': show(found.of('lastFrame')),
  'bare ws ms': show(found.of('bareWs')),
  'Socket.IO ms': show(found.of('socketIo')),
  'to bare ws': number(found.ratio('lastFrame', 'bareWs')),
  'Socket.IO to tidings': number(found.ratio('socketIo', 'lastFrame')),
  'loop blocked ms, at most': show(found.of('loopBlocked')),
  'all receipts stored ms': show(found.of('stored')),
  'of that after the last frame': show(found.of('storedAfterLastFrame')),
  'rows by plain pg ms': show(found.of('rowsByPg')),
  'to plain pg': number(found.ratio('stored', 'rowsByPg')),
  'load client busy': `${number(found.of('clientBusy').median * 100)} %`,
});

const figuresOf = (name: string, found: Rounds<Figure>): Record<string, number> => ({
  [`${name}, ms to the last frame`]: found.of('lastFrame').median,
  [`${name}, ms until stored`]: found.of('stored').median,
  [`${name}, ms from the last frame until stored`]: found.of('storedAfterLastFrame').median,
  [`${name}, loop blocked ms`]: found.of('loopBlocked').max,
});

function verdictsOf(name: string, found: Rounds<Figure>): Verdict[] {
  const ms = (figure: Figure) => `${show(found.of(figure))} ms`;
  const tidings = ms('lastFrame');
  const blocked = found.of('loopBlocked').max;
  return [
    judge(`${name}, to bare ws`, { tidings, floor: ms('bareWs') }, found.ratio('lastFrame', 'bareWs'), { atMost: 1.3 }),
    judge(`${name}, Socket.IO to tidings`, { tidings, peer: ms('socketIo') }, found.ratio('socketIo', 'lastFrame'), {
      atLeast: 1.5,
    }),
    judge(`${name}, loop blocked at most`, { tidings: ms('loopBlocked') }, blocked, { atMost: 20 }, ' ms'),
    judge(`${name}, rows to plain pg`, { tidings: ms('stored'), floor: ms('rowsByPg') }, found.ratio('stored', 'rowsByPg'), {
      atMost: 2,
    }),
  ];
}
