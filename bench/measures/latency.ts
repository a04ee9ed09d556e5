import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { v7 } from 'uuid';
import { CallerPool, KEPT_UP, openLoop, post } from '../lib/caller-loops.js';
import { nowUs, pushBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, unjudged } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { RECYCLED_WAL_SETTINGS, recycleWal } from '../lib/recycle-wal.js';
import { nameOfRound } from '../lib/rounds.js';
import { number, percentile, sample, show } from '../lib/table.js';
import { floorTenant } from '../lib/tenants.js';

const SIZE = 200;
const CONNECTED = 1000;
const GOAL = 2.5;
/** Begins each round with this many seconds that do not count, in which connections are opened. */
const LEAD_IN_S = 1;

interface Latency {
  frame: { p50: number; p99: number };
  delivered: { p50: number; p99: number };
  /** Counts answers per second. */
  achieved: number;
  /** Is the share of a core that callers and connections took. */
  loadBusy: number;
}

const stamped = (us: number) => `@${us}@`.padEnd(SIZE, 'x');
const dueUs = (dueMs: number) => Math.round((performance.timeOrigin + dueMs) * 1000);

/**
 * Measures an open loop: times count from when a push was due. PostgreSQL tells when a receipt was
 * committed (track_commit_timestamp): the flush of that last commit is in neither figure.
 */
export const latency: Measure = {
  name: 'latency',
  about: 'ms from the mutation to the frame, and to DELIVERED in PostgreSQL, of 200-byte messages to 1,000 recipients',
  placement: 'Nothing is pinned: API node, delivery node, PostgreSQL, Redis and the load share both cores, as does the floor',
  minutes: 7,
  async run({ progress, quick, rounds }) {
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const product = await startBenchProduct({ postgresSettings: { track_commit_timestamp: 'on', ...RECYCLED_WAL_SETTINGS } });
    await recycleWal(product.databaseUrl);
    const recipients = recipientNames(CONNECTED);
    const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
    const load = { product, clients, recipients };
    for (const rate of [500, 2000]) {
      const seconds = quick ? 1 : 12;
      const found: Found = { ours: [], floor: [] };
      progress(`${rate} a second, warming up`);
      await throughProduct(load, rate, quick ? 1 : 6);
      await throughFloor(product, rate, quick ? 1 : 3);
      for (let round = 0; round < rounds; round++) {
        progress(`${rate} a second, ${nameOfRound(round, rounds)}`);
        found.ours.push(await throughProduct(load, rate, seconds));
        found.floor.push(await throughFloor(product, rate, seconds));
      }
      for (const what of ['frame', 'delivered'] as const) report(result, rate, what, found);
    }
    await clients.stop();
    await product.stop();
    return result;
  },
};

interface Found {
  ours: Latency[];
  floor: Latency[];
}

const achieved = (list: readonly Latency[]) => sample(list.map((one) => one.achieved));

/** Names who did not keep up with the rate; empty if all did. */
const overloaded = (rate: number, { ours, floor }: Found) =>
  [
    ...(achieved(ours).min < KEPT_UP * rate ? ['tidings'] : []),
    ...(achieved(floor).min < KEPT_UP * rate ? ['the floor'] : []),
  ].join(' and ');

function report(result: Result, rate: number, what: 'frame' | 'delivered', found: Found): void {
  const late = overloaded(rate, found);
  const until = what === 'frame' ? 'frame' : 'DELIVERED';
  const row: Record<string, string> = {
    'messages/s': number(rate),
    'achieved, and by the floor': `${show(achieved(found.ours))}, ${show(achieved(found.floor))}`,
    until,
  };
  for (const p of ['p50', 'p99'] as const) {
    const ours = sample(found.ours.map((one) => one[what][p]));
    const floor = sample(found.floor.map((one) => one[what][p]));
    const ratio = ours.median / floor.median;
    row[`${p} ms`] = show(ours);
    row[`floor ${p} ms`] = show(floor);
    row[`${p} to floor`] = late ? `overloaded: ${late}` : number(ratio);
    const name = `${number(rate)}/s, ${p} to ${until}`;
    result.figures[`${name}, ms`] = ours.median;
    const said = { tidings: `${show(ours)} ms`, floor: `${show(floor)} ms` };
    result.verdicts.push(
      late ? unjudged(name, `${late} did not keep up`, `≤ ${GOAL}`) : judge(name, said, ratio, { atMost: GOAL }),
    );
  }
  result.rows.push({ ...row, 'load busy': show(sample(found.ours.map((one) => one.loadBusy * 100))) });
}

interface Load {
  product: BenchProduct;
  clients: LoadClient;
  recipients: readonly string[];
}

async function throughProduct({ product, clients, recipients }: Load, rate: number, seconds: number): Promise<Latency> {
  const callers = new CallerPool(() => product.caller());
  let next = 0;
  const send = (due: number) => post(callers, pushBody([recipients[next++ % recipients.length] as string], stamped(dueUs(due))));
  await clients.mark();
  await openLoop(rate, LEAD_IN_S, send);
  await clients.expect(rate * LEAD_IN_S);
  await clients.mark();
  const since = nowUs();
  const load = process.cpuUsage();
  const client = (await clients.stats()).cpu;
  const achieved = await openLoop(rate, seconds, send);
  const { p50, p99, cpu } = await clients.expect(rate * seconds);
  const { user, system } = process.cpuUsage(load);
  callers.close();
  const delivered = await deliveredSince(product.databaseUrl, since, rate * seconds);
  const loadBusy = ((user + system) / 1e6 + cpu - client) / seconds;
  return { frame: { p50, p99 }, delivered, achieved, loadBusy };
}

/**
 * Measures a commit, a hop through Redis, and for DELIVERED one more commit of all receipts that came
 * during the one before.
 */
async function throughFloor(product: BenchProduct, rate: number, seconds: number): Promise<Latency> {
  const pool = new Pool({ connectionString: product.databaseUrl, max: 10 });
  const publisher = new Redis(product.redis.url);
  const subscriber = new Redis(product.redis.url);
  await subscriber.subscribe('floor');
  const tenantId = await floorTenant(pool);
  let sent = 0;
  let since = 0;
  const frames: number[] = [];
  const receipts: string[] = [];
  let settling = false;
  const settle = async () => {
    if (settling) return;
    settling = true;
    const sql = `UPDATE messages SET status = 'DELIVERED', receipt = 'PONG', delivered_at = clock_timestamp()
      WHERE tenant_id = $1 AND id = ANY($2::uuid[])`;
    while (receipts.length > 0) await pool.query(sql, [tenantId, receipts.splice(0)]);
    settling = false;
  };
  subscriber.on('message', (_channel, text) => {
    const [id = '', us = ''] = text.split(' ');
    if (Number(us) >= since) frames.push((nowUs() - Number(us)) / 1000);
    receipts.push(id);
    void settle();
  });
  const send = async (due: number) => {
    const id = v7();
    const sql = 'INSERT INTO messages (tenant_id, id, recipient, message, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())';
    await pool.query(sql, [tenantId, id, `floor-${sent++ % CONNECTED}`, stamped(dueUs(due))]);
    await publisher.publish('floor', `${id} ${dueUs(due)} ${'x'.repeat(SIZE)}`);
  };
  await openLoop(rate, LEAD_IN_S, send);
  frames.length = 0;
  since = nowUs();
  const achieved = await openLoop(rate, seconds, send);
  const delivered = await deliveredSince(product.databaseUrl, since, rate * seconds);
  await pool.end();
  publisher.disconnect();
  subscriber.disconnect();
  return { frame: { p50: percentile(frames, 0.5), p99: percentile(frames, 0.99) }, delivered, achieved, loadBusy: Number.NaN };
}

/** Measures from the timestamp in the text to the commit of the row's last version. */
async function deliveredSince(url: string, sinceUs: number, count: number): Promise<{ p50: number; p99: number }> {
  const pool = new Pool({ connectionString: url, max: 1 });
  const sql = `SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000 - split_part(message, '@', 2)::float8 / 1000 AS ms
    FROM messages WHERE status = 'DELIVERED' AND split_part(message, '@', 2)::float8 >= $1`;
  const until = performance.now() + 30_000;
  // The query reads the whole table, so it waits until the last rows are settled.
  await delay(500);
  while (true) {
    const { rows } = await pool.query<{ ms: number }>(sql, [sinceUs]);
    if (rows.length >= count) {
      await pool.end();
      const times = rows.map(({ ms }) => ms);
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
    }
    if (performance.now() > until) throw new Error(`${rows.length} of ${count} messages are DELIVERED`);
    await delay(500);
  }
}
