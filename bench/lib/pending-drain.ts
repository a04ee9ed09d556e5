import type { Client } from 'pg';
import { connectAll } from './load-client.js';
import type { BenchProduct } from './product.js';
import { settledSoFar, untilSettled } from './settled.js';

/** Messages that wait for each recipient, and the text of each. */
export const PENDING = 100;
export const TEXT = 'x'.repeat(200);

/** Connects everybody at the first delivery node and waits until all that waited is settled. */
export async function drainOnce(product: BenchProduct, targets: readonly string[]) {
  const total = targets.length * PENDING;
  const settled = await settledSoFar(product);
  const began = performance.now();
  const clients = await connectAll(product.deliveryPorts[0] as number, targets, { concurrency: 1000 });
  await untilSettled(product, settled + total);
  const seconds = (performance.now() - began) / 1000;
  const { frames, cpu } = await clients.stats();
  await clients.stop();
  return { confirmed: total / seconds, framesOverMessages: frames / total, clientBusy: cpu / seconds };
}

/** Creates pending rows by SQL, for the product as for a floor. */
export async function fillPending(db: Client, tenantId: string, recipients: number): Promise<void> {
  await db.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('message_seq')), 'recipient-' || r, $4,
            clock_timestamp() FROM generate_series(1, $3::int) AS n, generate_series(0, $2::int - 1) AS r`,
    [tenantId, recipients, PENDING, TEXT],
  );
  await db.query('ANALYZE messages');
}
