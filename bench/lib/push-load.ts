import type { Client } from 'pg';
import { callFor } from './caller-loops.js';
import { type CpuUse, cpuPer, readCpu } from './cpu.js';
import { pushBody } from './graphql-caller.js';
import type { LoadClient } from './load-client.js';
import type { BenchProduct } from './product.js';
import { expectNothingPending, settledSoFar, untilSettled } from './settled.js';

export const CALLERS = 64;
export const TEXT = 'x'.repeat(200);

/** Holds a product whose recipients are connected. */
export interface PushLoad {
  product: BenchProduct;
  clients: LoadClient;
  db: Client;
  recipients: readonly string[];
}

export interface PushFigures {
  acceptedPerSecond: number;
  confirmedPerSecond: number;
  /** Counts microseconds of CPU per message, by kind of process. */
  cpu: CpuUse;
  /** Is the share of a core that this process took. */
  callersBusy: number;
  /** Is the share of a core that the load client took. */
  clientBusy: number;
}

/** Pushes for that many seconds, then waits for the last frame and for the last receipt in the database. */
export async function pushFor(load: PushLoad, perCall: number, seconds: number): Promise<PushFigures> {
  const { product, clients, db, recipients } = load;
  const processes = {
    api: product.apiPids,
    delivery: product.deliveryPids,
    postgres: [product.postgres.pid],
    redis: [product.redis.pid],
  };
  await clients.mark();
  const settled = await settledSoFar(product);
  const before = { cpu: await readCpu(processes), client: (await clients.stats()).cpu };
  let cursor = 0;
  const next = () => recipients[cursor++ % recipients.length] as string;
  const body = () => pushBody(Array.from({ length: perCall }, next), TEXT);
  const began = performance.now();
  const accepted = await callFor(seconds, CALLERS, () => product.caller(), body);
  const rows = accepted.calls * perCall;
  await clients.expect(rows, 300_000);
  await untilSettled(product, settled + rows);
  const total = (performance.now() - began) / 1000;
  const after = { cpu: await readCpu(processes), client: (await clients.stats()).cpu };
  await expectNothingPending(db);
  return {
    acceptedPerSecond: rows / accepted.seconds,
    confirmedPerSecond: rows / total,
    cpu: cpuPer(before.cpu, after.cpu, rows),
    callersBusy: ((after.cpu.load ?? 0) - (before.cpu.load ?? 0)) / total,
    clientBusy: (after.client - before.client) / total,
  };
}
