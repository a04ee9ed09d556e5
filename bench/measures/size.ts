import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { APOLLO, pushForNothing } from '../lib/apollo.js';
import { callFor } from '../lib/caller-loops.js';
import { type Floor, startFloor } from '../lib/floor.js';
import { pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { expectNothingPending, settledSoFar, untilSettled } from '../lib/settled.js';
import { number, show } from '../lib/table.js';

const CALLERS = 64;
const MIB = 2 ** 20;
/** Returns text that PostgreSQL can hardly compress. */
const textOf = (bytes: number) => randomBytes(bytes).toString('base64').slice(0, bytes);

interface Case {
  bytes: number;
  perCall: number;
}

/** Figures are MiB of text per second; `loadBusy` is a share of a core. */
type Figure = 'confirmed' | 'rowsByPg' | 'apollo' | 'loadBusy';

const CASES: readonly Case[] = [
  { bytes: 4 * 1024, perCall: 1 },
  { bytes: 4 * 1024, perCall: 100 },
  { bytes: 64 * 1024, perCall: 1 },
  { bytes: 64 * 1024, perCall: 10 },
];

/** Measures long texts. The floor, too, stores each text once per row and sends it once per call. */
export const size: Measure = {
  name: 'size',
  about: 'pushes of long messages to connected recipients, 64 callers: MiB of text per second, confirmed in PostgreSQL',
  placement: 'Nothing is pinned: API node, delivery node, PostgreSQL, Redis and the load share both cores, as does the floor',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const recipients = recipientNames(quick ? 100 : 1000);
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const apollo = await startFloor(APOLLO);
    for (const one of CASES) {
      const load = await open(recipients, one);
      const found = new Rounds<Figure>();
      // Round -1 warms up.
      for (let round = -1; round < rounds; round++) {
        progress(`${nameOf(one)}, ${nameOfRound(round, rounds)}`);
        const seconds = quick || round < 0 ? 1 : 5;
        const { rows, ...figures } = await throughProduct(load, seconds);
        const rowsByPg = await throughPg(load, rows);
        const apolloOf = one.perCall === 1 ? { apollo: await throughApollo(apollo, load, seconds) } : {};
        if (round >= 0) found.add({ ...figures, rowsByPg, ...apolloOf });
      }
      await load.close();
      report(result, one, found);
    }
    await apollo.stop();
    return result;
  },
};

const nameOf = ({ bytes, perCall }: Case) => `${bytes / 1024} KiB, ${perCall} a call`;

type Load = Awaited<ReturnType<typeof open>>;

async function open(recipients: readonly string[], { bytes, perCall }: Case) {
  const product = await startBenchProduct();
  const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
  const db = new Client(product.databaseUrl);
  await db.connect();
  const text = textOf(bytes);
  let cursor = 0;
  const next = () => recipients[cursor++ % recipients.length] as string;
  return {
    product,
    clients,
    db,
    text,
    perCall,
    connected: recipients.length,
    body: () => pushBody(Array.from({ length: perCall }, next), text),
    async close() {
      await db.end();
      await clients.stop();
      await product.stop();
    },
  };
}

async function throughProduct({ product, clients, db, text, perCall, body }: Load, forSeconds: number) {
  await clients.mark();
  const settled = await settledSoFar(product);
  const cpuBefore = process.cpuUsage();
  const clientBefore = (await clients.stats()).cpu;
  const began = performance.now();
  const { calls } = await callFor(forSeconds, CALLERS, () => product.caller(), body);
  const rows = calls * perCall;
  await clients.expect(rows, 120_000);
  await untilSettled(product, settled + rows);
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const loadBusy = ((user + system) / 1e6 + (await clients.stats()).cpu - clientBefore) / seconds;
  await expectNothingPending(db);
  return { rows, confirmed: (rows * text.length) / MIB / seconds, loadBusy };
}

async function throughPg({ product, text, perCall, connected }: Load, rows: number): Promise<number> {
  const batch = Math.max(perCall, Math.floor((4 * MIB) / text.length));
  const options = { rows, batch, text, rowsPerText: perCall, recipients: connected };
  return ((await insertAndSettle(product.databaseUrl, options)).perSecond * text.length) / MIB;
}

async function throughApollo(apollo: Floor, { text }: Load, seconds: number): Promise<number> {
  return ((await pushForNothing(apollo, { callers: CALLERS, seconds, text })).perSecond * text.length) / MIB;
}

function report(result: Result, one: Case, found: Rounds<Figure>): void {
  const ratio = found.ratio('rowsByPg', 'confirmed');
  const apollo = one.perCall === 1 ? show(found.of('apollo')) : '';
  result.rows.push({
    'message bytes': number(one.bytes),
    'a call': number(one.perCall),
    'MiB/s confirmed': show(found.of('confirmed')),
    'plain pg, MiB/s': show(found.of('rowsByPg')),
    'plain pg to tidings': number(ratio),
    'Apollo with nothing, MiB/s': apollo,
    'load busy': `${number(found.of('loadBusy').median * 100)} %`,
  });
  result.figures[`${nameOf(one)}, MiB/s`] = found.of('confirmed').median;
  const withNothing = apollo && `; Apollo with nothing: ${apollo} MiB/s`;
  const said = {
    tidings: `${show(found.of('confirmed'))} MiB/s`,
    floor: `plain pg: ${show(found.of('rowsByPg'))} MiB/s${withNothing}`,
  };
  result.verdicts.push(judge(nameOf(one), said, ratio, { atMost: 2 }));
}
