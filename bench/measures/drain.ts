import { Client } from 'pg';
import { nowUs, pushBody } from '../lib/graphql-caller.js';
import { connectAll } from '../lib/load-client.js';
import type { Measure } from '../lib/measure.js';
import { readAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { number } from '../lib/table.js';

const PENDING = 100;
const SIZE = 200;

/** Nothing is pinned. The floor reads and settles rows of the same kind in the same database, right after. */
export const drain: Measure = {
  name: 'drain',
  about: 'recipients with 100 pending messages each connect: messages per second until all are confirmed in PostgreSQL',
  async run({ progress, quick }) {
    const rows: Array<Record<string, string>> = [];
    for (const n of quick ? [50] : [1000, 10_000]) {
      for (const history of n <= 1000 ? [0, quick ? 100 : 10_000] : [0]) {
        progress(`${n} recipients, ${history} settled each for a tenth of them`);
        const product = await startBenchProduct();
        const db = new Client(product.databaseUrl);
        await db.connect();
        const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
        const targets = await product.targets(recipients);
        const tenant = (await db.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
        if (history > 0) await fillHistory(db, tenant, recipients.slice(0, n / 10), history);
        const pushAll = async () => {
          for (let i = 0; i < PENDING; i++) {
            const caller = product.caller();
            await caller.post(pushBody(recipients, 'x'.repeat(SIZE)));
            caller.close();
          }
        };
        await pushAll();
        const total = n * PENDING;
        const began = nowUs();
        const clients = await connectAll(product.deliveryPorts[0] as number, targets, { concurrency: 1000 });
        const sql = `SELECT count(*)::int AS n FROM messages WHERE status = 'PENDING'`;
        while (((await db.query<{ n: number }>(sql)).rows[0]?.n ?? 1) > 0) {}
        const seconds = (nowUs() - began) / 1e6;
        const { frames } = await clients.stats();
        await clients.stop();
        await pushAll();
        const floor = await readAndSettle(product.databaseUrl, tenant, recipients, 50);
        await db.end();
        await product.stop();
        rows.push({
          recipients: number(n),
          history: number(history),
          'confirmed/s': number(total / seconds),
          'frames over messages': number(frames / total),
          'plain pg, read and settled/s': number(floor.perSecond),
          'to plain pg': number(total / seconds / floor.perSecond),
        });
      }
    }
    return rows;
  },
};

async function fillHistory(db: Client, tenantId: string, recipients: readonly string[], each: number): Promise<void> {
  for (const recipient of recipients) {
    await db.query(
      `INSERT INTO messages (tenant_id, id, recipient, message, created_at, status, receipt, delivered_at)
       SELECT $1, message_id((extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('message_seq')), $2, repeat('x', ${SIZE}),
              clock_timestamp(), 'DELIVERED', 'PONG', clock_timestamp() FROM generate_series(1, $3)`,
      [tenantId, recipient, each],
    );
  }
  await db.query('VACUUM (ANALYZE) messages');
}
