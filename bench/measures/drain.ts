import { Client } from 'pg';
import { startJetStream } from '../lib/jetstream.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { readAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { startRabbitMq } from '../lib/rabbitmq.js';
import { expectNothingPending, settledSoFar, untilSettled } from '../lib/settled.js';
import { number, sample, show } from '../lib/table.js';

const PENDING = 100;
const SIZE = 200;
const text = 'x'.repeat(SIZE);

interface Drained {
  perSecond: number;
  framesOverMessages: number;
  clientBusy: number;
}

/** Rows that are pending are made by SQL, for the product as for the floor. */
export const drain: Measure = {
  name: 'drain',
  about:
    'recipients with 100 pending messages of 200 bytes each connect: messages per second until all are confirmed in PostgreSQL',
  placement: 'Nothing is pinned: delivery node, PostgreSQL, Redis, RabbitMQ, JetStream and the load share both cores',
  minutes: 14,
  async run({ progress, quick, rounds }) {
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    const few = quick ? 50 : 1_000;
    const peers = await drainPeers(few, rounds, progress);
    let without = Number.NaN;
    for (const [n, history] of quick
      ? ([
          [few, 0],
          [few, 100],
        ] as const)
      : ([
          [few, 0],
          [few, 10_000],
          [10_000, 0],
        ] as const)) {
      const name = `${number(n)} × ${PENDING}${history > 0 ? `, ${number(history)} settled each for a tenth` : ''}`;
      progress(name);
      const product = await startBenchProduct();
      const db = new Client(product.databaseUrl);
      await db.connect();
      const recipients = Array.from({ length: n }, (_, i) => `recipient-${i}`);
      const targets = await product.targets(recipients);
      const tenant = (await db.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
      if (history > 0) await fillHistory(db, tenant, recipients.slice(0, n / 10), history);
      const ours: Drained[] = [];
      const floor: number[] = [];
      // The first is a warm-up, of node and database; it takes too long with a million messages.
      for (let round = n > few ? 0 : -1; round < rounds; round++) {
        progress(`${name}, ${round < 0 ? 'warming up' : `round ${round + 1} of ${rounds}`}`);
        await fillPending(db, tenant, n);
        const settled = await settledSoFar(product);
        const began = performance.now();
        const clients = await connectAll(product.deliveryPorts[0] as number, targets, { concurrency: 1000 });
        await untilSettled(product, settled + n * PENDING);
        const seconds = (performance.now() - began) / 1000;
        await expectNothingPending(db);
        const { frames, cpu } = await clients.stats();
        await clients.stop();
        await fillPending(db, tenant, n);
        const { perSecond } = await readAndSettle(product.databaseUrl, tenant, recipients, 50);
        if (round < 0) continue;
        const total = n * PENDING;
        ours.push({ perSecond: total / seconds, framesOverMessages: frames / total, clientBusy: cpu / seconds });
        floor.push(perSecond);
      }
      await db.end();
      await product.stop();
      const confirmed = sample(ours.map((one) => one.perSecond));
      const ratio = confirmed.median / sample(floor).median;
      rows.push({
        recipients: number(n),
        'history of a tenth': number(history),
        'confirmed/s': show(confirmed),
        'frames over messages': number(sample(ours.map((one) => one.framesOverMessages)).median),
        'plain pg, read and settled/s': show(sample(floor)),
        'to plain pg': number(ratio),
        ...(history === 0 && n === few && peers.shown),
        'load client busy': `${number(sample(ours.map((one) => one.clientBusy)).median * 100)} %`,
      });
      figures[`${name}, confirmed/s`] = confirmed.median;
      const found = { tidings: `${show(confirmed)}/s`, floor: `plain pg: ${show(sample(floor))}/s` };
      verdicts.push(judge(name, found, ratio, { atLeast: 0.5 }));
      if (history > 0) {
        const costs = { tidings: `${show(confirmed)}/s, ${number(without)}/s without` };
        verdicts.push(judge('with history to without', costs, confirmed.median / without, { atLeast: 0.9 }));
      } else if (n === few) {
        without = confirmed.median;
        for (const peer of ['JetStream', 'RabbitMQ']) {
          const rates = peers.rates.get(peer) ?? [];
          const beside = {
            tidings: `${show(confirmed)}/s`,
            peer: rates.length > 0 ? `${peer}: ${show(sample(rates))}/s` : `no ${peer} here`,
          };
          verdicts.push(judge(`${name}, to ${peer}`, beside, confirmed.median / sample(rates).median, { atLeast: 3 }));
        }
      }
    }
    return { rows, verdicts, figures };
  },
};

/** They run by themselves, right before: what they keep in memory would be the product's, else. */
async function drainPeers(recipients: number, rounds: number, progress: (message: string) => void) {
  const rates = new Map<string, number[]>();
  const note = (peer: string, began: number) =>
    rates.set(peer, [...(rates.get(peer) ?? []), (recipients * PENDING * 1000) / (performance.now() - began)]);
  for (let round = 0; round < rounds; round++) {
    progress(`JetStream and RabbitMQ, round ${round + 1} of ${rounds}`);
    const jetStream = await startJetStream(recipients);
    if (jetStream) {
      const filling = performance.now();
      await jetStream.fill(PENDING, text);
      note('JetStream accepted', filling);
      const began = performance.now();
      await jetStream.drain(recipients * PENDING);
      note('JetStream', began);
      await jetStream.stop();
    }
    const rabbit = await startRabbitMq(recipients);
    if (rabbit) {
      const queues = Array.from({ length: recipients }, (_, i) => i);
      const filling = performance.now();
      for (let i = 0; i < PENDING; i++) await rabbit.publish(i, queues, text);
      note('RabbitMQ accepted', filling);
      const began = performance.now();
      await rabbit.consume();
      await rabbit.untilConsumed(recipients * PENDING);
      note('RabbitMQ', began);
      await rabbit.stop();
    }
  }
  const shown = Object.fromEntries(
    ['JetStream', 'RabbitMQ', 'JetStream accepted', 'RabbitMQ accepted'].map((peer) => [
      `${peer}/s`,
      rates.has(peer) ? show(sample(rates.get(peer) ?? [])) : 'not here',
    ]),
  );
  return { rates, shown };
}

async function fillPending(db: Client, tenantId: string, recipients: number): Promise<void> {
  await db.query(
    `INSERT INTO messages (tenant_id, id, recipient, message, created_at)
     SELECT $1, message_id((extract(epoch FROM clock_timestamp()) * 1000)::bigint, nextval('message_seq')), 'recipient-' || r, $4,
            clock_timestamp() FROM generate_series(1, $3::int) AS n, generate_series(0, $2::int - 1) AS r`,
    [tenantId, recipients, PENDING, text],
  );
  await db.query('ANALYZE messages');
}

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
