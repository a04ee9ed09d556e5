import { Client } from 'pg';
import { startFloor } from '../lib/floor.js';
import { GraphqlCaller, pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { number } from '../lib/table.js';

const CALLERS = 64;
const SIZE = 200;

/** Nothing is pinned: API node, delivery node, PostgreSQL, Redis and the load share both cores, as do the floors. */
export const push: Measure = {
  name: 'push',
  about: 'durable pushes to 10,000 connected recipients, 64 callers: accepted, delivered and confirmed in PostgreSQL per second',
  async run({ progress, quick }) {
    const connected = quick ? 500 : 10_000;
    const seconds = quick ? 3 : 60;
    const rows: Array<Record<string, string>> = [];
    for (const perCall of [1, 100]) {
      progress(`${perCall} a call, ${seconds} s`);
      const product = await startBenchProduct();
      const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
      const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
      const db = new Client(product.databaseUrl);
      await db.connect();
      await clients.mark();
      const text = 'x'.repeat(SIZE);
      let cursor = 0;
      const accepted = await callFor(
        seconds,
        CALLERS,
        () => product.caller(),
        () => {
          const names = Array.from({ length: perCall }, () => recipients[cursor++ % connected] as string);
          return pushBody(names, text);
        },
      );
      const began = performance.now();
      await clients.expect(accepted.calls * perCall, 300_000);
      const sql = `SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING'`;
      while (((await db.query<{ n: number }>(sql)).rows[0]?.n ?? 1) > 0) {}
      const total = accepted.seconds + (performance.now() - began) / 1000;
      const floor = await insertAndSettle(product.databaseUrl, {
        rows: Math.min(accepted.calls * perCall, quick ? 20_000 : 1_000_000),
        batch: 1000,
        textBytes: SIZE,
        recipients: connected,
      });
      const client = await clients.stats();
      await db.end();
      await clients.stop();
      await product.stop();
      const apollo = perCall === 1 ? await noop(seconds) : null;
      const confirmed = (accepted.calls * perCall) / total;
      rows.push({
        'a call': number(perCall),
        'accepted/s': number((accepted.calls * perCall) / accepted.seconds),
        'confirmed/s': number(confirmed),
        'plain pg, inserted and settled/s': number(floor.perSecond),
        'to plain pg': number(confirmed / floor.perSecond),
        'Apollo with nothing, calls/s': apollo ? number(apollo) : '',
        'Apollo to tidings': apollo ? number(apollo / (accepted.calls / accepted.seconds)) : '',
        'load client busy': `${number((client.cpu / total) * 100)} %`,
      });
    }
    return rows;
  },
};

async function noop(seconds: number): Promise<number> {
  const server = await startFloor('bench/floors/apollo.mjs');
  const body = pushBody(['recipient'], 'x'.repeat(SIZE));
  const { calls, seconds: took } = await callFor(
    seconds / 2,
    CALLERS,
    () => new GraphqlCaller(server.port, 'none'),
    () => body,
  );
  await server.stop();
  return calls / took;
}

/** Posts from so many callers at once until the time is over; every answer must be a success. */
export async function callFor(
  seconds: number,
  callers: number,
  open: () => GraphqlCaller,
  body: () => string,
): Promise<{ calls: number; seconds: number }> {
  const began = performance.now();
  const until = began + seconds * 1000;
  let calls = 0;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      const caller = open();
      while (performance.now() < until) {
        const answer = await caller.post(body());
        if (answer.status !== 200 || answer.body.includes('"errors"'))
          throw new Error(`${answer.status}: ${answer.body.slice(0, 300)}`);
        calls++;
      }
      caller.close();
    }),
  );
  return { calls, seconds: (performance.now() - began) / 1000 };
}
