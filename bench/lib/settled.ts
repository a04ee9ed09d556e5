import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { BenchProduct } from './product.js';

/** Returns how many rows all delivery nodes have made DELIVERED so far. */
export async function settledSoFar(product: BenchProduct): Promise<number> {
  let settled = 0;
  for (const port of product.deliveryPorts) {
    for (const [name, value] of await product.metrics(port))
      if (name.startsWith('tidings_messages_delivered_total')) settled += value;
  }
  return settled;
}

/**
 * Resolves once that many rows have been settled, as the nodes count them after each commit. It does not
 * ask the measured database: to find pending rows, the database reads all rows that were settled before,
 * and no floor has that load beside it.
 */
export async function untilSettled(product: BenchProduct, rows: number): Promise<void> {
  while ((await settledSoFar(product)) < rows) await delay(50);
}

/** Throws if a message is still pending. Call it after the time has been taken. */
export async function expectNothingPending(db: Client): Promise<void> {
  const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING'`);
  if (rows[0]?.n !== 0) throw new Error(`${rows[0]?.n} messages are still pending`);
}
