import { Redis } from 'ioredis';
import { Pool } from 'pg';
import { v7 } from 'uuid';
import { CallerPool, openLoop } from '../lib/caller-loops.js';
import { nowUs, pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { number, percentile, sample, show } from '../lib/table.js';

const SIZE = 200;
const CONNECTED = 1000;

interface Latency {
  frame: { p50: number; p99: number };
  delivered: { p50: number; p99: number };
}

const stamped = (us: number) => `@${us}@`.padEnd(SIZE, 'x');
const dueUs = (dueMs: number) => Math.round((performance.timeOrigin + dueMs) * 1000);

/**
 * Nothing is pinned. Open loop: times count from the moment a push was due. When a settling was committed is what PostgreSQL says
 * (track_commit_timestamp): the flush of that last commit is in neither figure.
 */
export const latency: Measure = {
  name: 'latency',
  about: 'ms from the mutation to the frame, and to DELIVERED in PostgreSQL, of 200-byte messages to 1,000 recipients',
  async run({ progress, quick }) {
    const rows: Array<Record<string, string>> = [];
    const product = await startBenchProduct({ postgresSettings: { track_commit_timestamp: 'on' } });
    const recipients = Array.from({ length: CONNECTED }, (_, i) => `recipient-${i}`);
    const targets = await product.targets(recipients);
    for (const rate of [500, 2000]) {
      const seconds = quick ? 1 : 10;
      const ours: Latency[] = [];
      const floor: Latency[] = [];
      await throughProduct(product, recipients, targets, rate, 1);
      for (let round = 0; round < (quick ? 1 : 5); round++) {
        progress(`${rate} a second, round ${round + 1}`);
        ours.push(await throughProduct(product, recipients, targets, rate, seconds));
        floor.push(await throughFloor(product, rate, seconds));
      }
      for (const what of ['frame', 'delivered'] as const) {
        const of = (figures: Latency[], p: 'p50' | 'p99') => sample(figures.map((figure) => figure[what][p]));
        rows.push({
          'messages/s': number(rate),
          until: what === 'frame' ? 'frame' : 'DELIVERED',
          'p50 ms': show(of(ours, 'p50')),
          'p99 ms': show(of(ours, 'p99')),
          'floor p50 ms': show(of(floor, 'p50')),
          'floor p99 ms': show(of(floor, 'p99')),
          'p50 to floor': number(of(ours, 'p50').median / of(floor, 'p50').median),
          'p99 to floor': number(of(ours, 'p99').median / of(floor, 'p99').median),
        });
      }
    }
    await product.stop();
    return rows;
  },
};

async function throughProduct(
  product: BenchProduct,
  recipients: readonly string[],
  targets: readonly string[],
  rate: number,
  seconds: number,
): Promise<Latency> {
  const clients = await connectAll(product.deliveryPorts[0] as number, targets);
  const callers = new CallerPool(() => product.caller());
  const since = nowUs();
  await clients.mark();
  let next = 0;
  await openLoop(rate, seconds, (due) =>
    callers.post(pushBody([recipients[next++ % recipients.length] as string], stamped(dueUs(due)))),
  );
  const { p50, p99 } = await clients.expect(rate * seconds);
  callers.close();
  const delivered = await deliveredSince(product.databaseUrl, since, rate * seconds);
  await clients.stop();
  return { frame: { p50, p99 }, delivered };
}

/** A commit, a hop through Redis, and for DELIVERED one more commit, which takes all receipts that came during the one before. */
async function throughFloor(product: BenchProduct, rate: number, seconds: number): Promise<Latency> {
  const pool = new Pool({ connectionString: product.databaseUrl, max: 10 });
  const publisher = new Redis(product.redis.url);
  const subscriber = new Redis(product.redis.url);
  await subscriber.subscribe('floor');
  const tenantId = v7();
  const frames: number[] = [];
  const since = nowUs();
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
    frames.push((nowUs() - Number(us)) / 1000);
    receipts.push(id);
    void settle();
  });
  await openLoop(rate, seconds, async (due) => {
    const id = v7();
    const sql = 'INSERT INTO messages (tenant_id, id, recipient, message, created_at) VALUES ($1, $2, $3, $4, clock_timestamp())';
    await pool.query(sql, [tenantId, id, `floor-${frames.length % CONNECTED}`, stamped(dueUs(due))]);
    await publisher.publish('floor', `${id} ${dueUs(due)} ${'x'.repeat(SIZE)}`);
  });
  const delivered = await deliveredSince(product.databaseUrl, since, rate * seconds);
  await pool.end();
  publisher.disconnect();
  subscriber.disconnect();
  return { frame: { p50: percentile(frames, 0.5), p99: percentile(frames, 0.99) }, delivered };
}

/** From the stamp in the text to the commit of the row's last version. */
async function deliveredSince(url: string, sinceUs: number, count: number): Promise<{ p50: number; p99: number }> {
  const pool = new Pool({ connectionString: url, max: 1 });
  const sql = `SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 * 1000 - split_part(message, '@', 2)::float8 / 1000 AS ms
    FROM messages WHERE status = 'DELIVERED' AND created_at >= to_timestamp($1::float8 / 1e6) - interval '100 ms'
      AND split_part(message, '@', 2)::float8 >= $1`;
  const until = performance.now() + 30_000;
  while (true) {
    const { rows } = await pool.query<{ ms: number }>(sql, [sinceUs]);
    if (rows.length >= count) {
      await pool.end();
      const times = rows.map(({ ms }) => ms);
      return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
    }
    if (performance.now() > until) throw new Error(`${rows.length} of ${count} messages are DELIVERED`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
