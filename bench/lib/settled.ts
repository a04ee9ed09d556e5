import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import type { BenchProduct } from './product.js';

/** Rows that the statements of all delivery nodes have made DELIVERED so far. */
export async function settledSoFar(product: BenchProduct): Promise<number> {
  let settled = 0;
  for (const port of product.deliveryPorts) {
    for (const [name, value] of await product.metrics(port))
      if (name.startsWith('tidings_messages_delivered_total')) settled += value;
  }
  return settled;
}

/**
 * Resolves once so many rows have been settled, as the nodes count them after each commit. The database that is measured is not asked: to
 * see that something is still pending it reads all that was settled before, which a floor has nobody do beside it.
 */
export async function untilSettled(product: BenchProduct, rows: number): Promise<void> {
  while ((await settledSoFar(product)) < rows) await delay(50);
}

/** To be asked once the time has been taken: whether it is so. */
export async function expectNothingPending(db: Client): Promise<void> {
  const { rows } = await db.query<{ n: number }>(`SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING'`);
  if (rows[0]?.n !== 0) throw new Error(`${rows[0]?.n} messages are still pending`);
}
