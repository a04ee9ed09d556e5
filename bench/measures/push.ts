import { Client } from 'pg';
import { callFor } from '../lib/caller-loops.js';
import { cpuPer, readCpu, showCpu } from '../lib/cpu.js';
import { type Floor, startFloor } from '../lib/floor.js';
import { GraphqlCaller, pushBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { number, sample, show } from '../lib/table.js';

const CALLERS = 64;
const text = 'x'.repeat(200);

/** Nothing is pinned: API node, delivery node, PostgreSQL, Redis and the load share both cores, as do the floors. */
export const push: Measure = {
  name: 'push',
  about:
    'durable pushes of 200 bytes to 10,000 connected recipients, 64 callers: accepted, delivered and confirmed in PostgreSQL per second',
  async run({ progress, quick }) {
    const connected = quick ? 500 : 10_000;
    const seconds = quick ? 2 : 40;
    const rounds = quick ? 1 : 3;
    const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
    const rows: Array<Record<string, string>> = [];
    for (const perCall of [1, 100]) {
      const product = await startBenchProduct();
      const apollo = perCall === 1 ? await startFloor('bench/floors/apollo.mjs') : null;
      const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
      const db = new Client(product.databaseUrl);
      await db.connect();
      await once(product, clients, db, recipients, perCall, 1);
      const figures: PushFigures[] = [];
      const floor: number[] = [];
      const nothing: Array<{ perSecond: number; cpu: number }> = [];
      for (let round = 0; round < rounds; round++) {
        progress(`${perCall} a call, round ${round + 1} of ${rounds}`);
        const figure = await once(product, clients, db, recipients, perCall, seconds);
        figures.push(figure);
        const options = { batch: 1000, text, rowsPerText: perCall, recipients: connected };
        floor.push((await insertAndSettle(product.databaseUrl, { ...options, rows: Math.ceil(figure.rows / 3) })).perSecond);
        if (apollo) nothing.push(await noop(apollo, seconds / 4));
      }
      await db.end();
      await clients.stop();
      await apollo?.stop();
      await product.stop();
      const accepted = sample(figures.map((figure) => figure.acceptedPerSecond));
      const confirmed = sample(figures.map((figure) => figure.confirmedPerSecond));
      const noopPerSecond = sample(nothing.map(({ perSecond }) => perSecond));
      rows.push({
        'a call': number(perCall),
        'accepted/s': show(accepted),
        'confirmed/s': show(confirmed),
        'plain pg, inserted and settled/s': show(sample(floor)),
        'to plain pg': number(confirmed.median / sample(floor).median),
        'Apollo with nothing, calls/s': apollo ? show(noopPerSecond) : '',
        'Apollo to tidings': apollo ? number(noopPerSecond.median / accepted.median) : '',
        'API CPU to Apollo CPU': apollo
          ? number(sample(figures.map(({ cpu }) => cpu.api ?? 0)).median / sample(nothing.map(({ cpu }) => cpu)).median)
          : '',
        'CPU µs per message': showCpu(figures[figures.length >> 1]?.cpu ?? {}),
        'load client busy': `${number(sample(figures.map((figure) => figure.clientBusy)).median * 100)} %`,
      });
    }
    return rows;
  },
};

interface PushFigures {
  rows: number;
  acceptedPerSecond: number;
  confirmedPerSecond: number;
  /** Microseconds per message, by process. */
  cpu: Record<string, number>;
  /** Share of a core. */
  clientBusy: number;
}

/** Pushes for so long, then waits until the last frame has come and the last receipt is in the database. */
async function once(
  product: BenchProduct,
  clients: LoadClient,
  db: Client,
  recipients: readonly string[],
  perCall: number,
  seconds: number,
): Promise<PushFigures> {
  const processes = {
    api: product.apiPids,
    delivery: product.deliveryPids,
    postgres: [product.postgres.pid],
    redis: [product.redis.pid],
  };
  await clients.mark();
  const before = { cpu: await readCpu(processes), client: (await clients.stats()).cpu };
  let cursor = 0;
  const began = performance.now();
  const accepted = await callFor(
    seconds,
    CALLERS,
    () => product.caller(),
    () => {
      const names: string[] = [];
      for (let i = 0; i < perCall; i++) names.push(recipients[cursor++ % recipients.length] as string);
      return pushBody(names, text);
    },
  );
  const rows = accepted.calls * perCall;
  await clients.expect(rows, 300_000);
  await untilSettled(db);
  const total = (performance.now() - began) / 1000;
  const after = { cpu: await readCpu(processes), client: (await clients.stats()).cpu };
  return {
    rows,
    acceptedPerSecond: rows / accepted.seconds,
    confirmedPerSecond: rows / total,
    cpu: cpuPer(before.cpu, after.cpu, rows),
    clientBusy: (after.client - before.client) / total,
  };
}

/** Looks every 20 ms, so that looking costs the database next to nothing. */
export async function untilSettled(db: Client): Promise<void> {
  const sql = `SELECT EXISTS (SELECT FROM messages WHERE status = 'PENDING') AS pending`;
  while ((await db.query<{ pending: boolean }>(sql)).rows[0]?.pending) await new Promise((resolve) => setTimeout(resolve, 20));
}

async function noop(server: Floor, seconds: number): Promise<{ perSecond: number; cpu: number }> {
  const body = pushBody(['recipient'], text);
  const before = await readCpu({ apollo: [server.pid] });
  const answered = await callFor(
    seconds,
    CALLERS,
    () => new GraphqlCaller(server.port, 'none'),
    () => body,
  );
  const cpu = cpuPer(before, await readCpu({ apollo: [server.pid] }), answered.calls).apollo ?? Number.NaN;
  return { perSecond: answered.calls / answered.seconds, cpu };
}
