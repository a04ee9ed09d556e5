import { Client } from 'pg';
import { cpuSeconds } from '../lib/cpu.js';
import { pushGlobalBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result } from '../lib/measure.js';
import { startBenchProduct } from '../lib/product.js';
import { type PushFigures, type PushLoad, pushFor } from '../lib/push-load.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound } from '../lib/rounds.js';
import { settledSoFar, untilSettled } from '../lib/settled.js';
import { number, sample, show } from '../lib/table.js';

const GLOBALS = 20;

interface Side extends PushLoad {
  pushes: PushFigures[];
  /** Holds the delivery node's CPU per frame of a global message, in microseconds. */
  globals: number[];
}

/** Runs two products that take turns; the other one is idle. */
export const beside: Measure = {
  name: 'beside',
  about:
    'messages of 200 bytes to 10,000 connections in `tidings.v1`, without live subscriptions and with one on each: CPU µs of a delivery',
  placement: 'Nothing is pinned',
  minutes: 6,
  async run({ progress, quick, rounds }) {
    const connections = quick ? 500 : 10_000;
    const recipients = recipientNames(connections);
    progress('connecting');
    const without = await open(recipients, false);
    const present = await open(recipients, true);
    for (let round = -1; round < rounds + 2; round++) {
      progress(nameOfRound(round, rounds + 2));
      for (const side of round % 2 ? [without, present] : [present, without]) {
        const push = await pushFor(side, 100, quick ? 1 : 4);
        const globals = await globalMessages(side, connections);
        if (round < 0) continue;
        side.pushes.push(push);
        side.globals.push(globals);
      }
    }
    for (const { db, clients, product } of [without, present]) {
      await db.end();
      await clients.stop();
      await product.stop();
    }
    return resultOf(without, present);
  },
};

async function open(recipients: readonly string[], subscribe: boolean): Promise<Side> {
  const product = await startBenchProduct();
  const targets = await product.targets(recipients, subscribe ? { subscribe: ['quiet'] } : {});
  const clients = await connectAll(product.deliveryPorts[0] as number, targets, { v1: true, subscribe });
  const db = new Client(product.databaseUrl);
  await db.connect();
  return { product, clients, db, recipients, pushes: [], globals: [] };
}

function resultOf(without: Side, present: Side): Result {
  const connections = number(without.recipients.length);
  const delivery = (side: Side) => side.pushes.map(({ cpu }) => cpu.delivery ?? Number.NaN);
  const inPairs = (of: (side: Side) => number[]) => sample(of(present).map((value, i) => value / (of(without)[i] ?? Number.NaN)));
  const row = (name: string, side: Side) => ({
    connections: `${connections}${name}`,
    'push, 100 a call: confirmed/s': show(sample(side.pushes.map((one) => one.confirmedPerSecond))),
    'delivery node, CPU µs per message': show(sample(delivery(side))),
    'global messages: CPU µs per frame': show(sample(side.globals)),
  });
  const verdict = (what: string, of: (side: Side) => number[]) => {
    const ratio = inPairs(of);
    const found = { tidings: `${show(ratio)} times; ${show(sample(of(present)))} against ${show(sample(of(without)))} µs` };
    return judge(`${what}, ${connections} live subscriptions to none, in pairs`, found, ratio.median, { atMost: 1.05 });
  };
  return {
    rows: [row(', no live subscription', without), row(', one live subscription each', present)],
    verdicts: [verdict('push', delivery), verdict('global messages', (side) => side.globals)],
    figures: {
      'push, delivery CPU µs': sample(delivery(without)).median,
      'push, delivery CPU µs, live subscriptions': sample(delivery(present)).median,
      'global, delivery CPU µs': sample(without.globals).median,
      'global, delivery CPU µs, live subscriptions': sample(present.globals).median,
    },
  };
}

/**
 * Pushes global messages one after the other, each to its last frame. Resolves once all rows are settled,
 * since the next pushes count settled rows.
 */
async function globalMessages({ product, clients }: Side, connections: number): Promise<number> {
  const pid = product.deliveryPids[0] as number;
  const caller = product.caller();
  const settledBefore = await settledSoFar(product);
  const before = await cpuSeconds(pid);
  for (let i = 0; i < GLOBALS; i++) {
    await clients.mark();
    await caller.post(pushGlobalBody('x'.repeat(200)));
    await clients.expect(connections);
  }
  caller.close();
  const frames = GLOBALS * connections;
  const perFrame = (((await cpuSeconds(pid)) - before) * 1e6) / frames;
  await untilSettled(product, settledBefore + frames);
  return perFrame;
}
