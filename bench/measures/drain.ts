import { Client } from 'pg';
import { startJetStream } from '../lib/jetstream.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { drainOnce, fillPending, PENDING, TEXT } from '../lib/pending-drain.js';
import { readAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { startRabbitMq } from '../lib/rabbitmq.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { expectNothingPending } from '../lib/settled.js';
import { number, show } from '../lib/table.js';

const SIZE = TEXT.length;

/** Figures are rates per second; `framesOverMessages` is a ratio, `clientBusy` a share of a core. */
type Figure = 'confirmed' | 'rowsByPg' | 'framesOverMessages' | 'clientBusy';

/** Counts the recipients; a tenth of them have `history` settled messages each. */
interface Case {
  recipients: number;
  history: number;
}

type Progress = (message: string) => void;

/** Creates pending rows by SQL, for the product as for the floor. */
export const drain: Measure = {
  name: 'drain',
  about:
    'recipients with 100 pending messages of 200 bytes each connect: messages per second until all are confirmed in PostgreSQL',
  placement: 'Nothing is pinned: delivery node, PostgreSQL, Redis, RabbitMQ, JetStream and the load share both cores',
  minutes: 14,
  async run({ progress, quick, rounds }) {
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const few = quick ? 50 : 1_000;
    const peers = await drainPeers(few, rounds, progress);
    const small = { recipients: few, history: 0 };
    // Round -1 warms up node and database. With a million messages that takes too long.
    const first = await drains(small, -1, rounds, progress);
    report(result, small, first, peers.shown);
    result.verdicts.push(...peers.verdicts(nameOf(small), first));
    const withHistory = { recipients: few, history: quick ? 100 : 10_000 };
    const second = await drains(withHistory, -1, rounds, progress);
    report(result, withHistory, second);
    result.verdicts.push(toWithout(second, first));
    if (quick) return result;
    const large = { recipients: 10_000, history: 0 };
    report(result, large, await drains(large, 0, rounds, progress));
    return result;
  },
};

const nameOf = ({ recipients, history }: Case) =>
  `${number(recipients)} × ${PENDING}${history > 0 ? `, ${number(history)} settled each for a tenth` : ''}`;

async function drains(size: Case, firstRound: number, rounds: number, progress: Progress): Promise<Rounds<Figure>> {
  progress(nameOf(size));
  const product = await startBenchProduct();
  const db = new Client(product.databaseUrl);
  await db.connect();
  const recipients = recipientNames(size.recipients);
  const targets = await product.targets(recipients);
  const tenantId = (await db.query<{ id: string }>('SELECT id FROM tenants')).rows[0]?.id as string;
  if (size.history > 0) await fillHistory(db, tenantId, recipients.slice(0, size.recipients / 10), size.history);
  const found = new Rounds<Figure>();
  for (let round = firstRound; round < rounds; round++) {
    progress(`${nameOf(size)}, ${nameOfRound(round, rounds)}`);
    await fillPending(db, tenantId, size.recipients);
    const figures = await drainOnce(product, targets);
    await expectNothingPending(db);
    await fillPending(db, tenantId, size.recipients);
    const { perSecond } = await readAndSettle(product.databaseUrl, tenantId, recipients, 50);
    if (round >= 0) found.add({ ...figures, rowsByPg: perSecond });
  }
  await db.end();
  await product.stop();
  return found;
}

function report(result: Result, size: Case, found: Rounds<Figure>, peers: Record<string, string> = {}): void {
  const confirmed = `${show(found.of('confirmed'))}/s`;
  const ratio = found.ratio('confirmed', 'rowsByPg');
  result.rows.push({
    recipients: number(size.recipients),
    'history of a tenth': number(size.history),
    'confirmed/s': show(found.of('confirmed')),
    'frames over messages': number(found.of('framesOverMessages').median),
    'plain pg, read and settled/s': show(found.of('rowsByPg')),
    'to plain pg': number(ratio),
    ...peers,
    'load client busy': `${number(found.of('clientBusy').median * 100)} %`,
  });
  result.figures[`${nameOf(size)}, confirmed/s`] = found.of('confirmed').median;
  const floor = `plain pg: ${show(found.of('rowsByPg'))}/s`;
  result.verdicts.push(judge(nameOf(size), { tidings: confirmed, floor }, ratio, { atLeast: 0.5 }));
}

function toWithout(withHistory: Rounds<Figure>, without: Rounds<Figure>): Verdict {
  const confirmed = withHistory.of('confirmed');
  const before = without.of('confirmed').median;
  const found = { tidings: `${show(confirmed)}/s, ${number(before)}/s without` };
  return judge('with history to without', found, confirmed.median / before, { atLeast: 0.9 });
}

/** Measures the peers before the product starts, so that neither takes the other's memory. */
async function drainPeers(recipients: number, rounds: number, progress: Progress) {
  const rates = new Rounds<string>();
  const rate = (began: number) => (recipients * PENDING * 1000) / (performance.now() - began);
  for (let round = 0; round < rounds; round++) {
    progress(`JetStream and RabbitMQ, ${nameOfRound(round, rounds)}`);
    await throughJetStream(recipients, (name, began) => rates.add({ [name]: rate(began) }));
    await throughRabbitMq(recipients, (name, began) => rates.add({ [name]: rate(began) }));
  }
  const isHere = (peer: string) => rates.values(peer).length > 0;
  return {
    shown: Object.fromEntries(
      ['JetStream', 'RabbitMQ', 'JetStream accepted', 'RabbitMQ accepted'].map((peer) => [
        `${peer}/s`,
        isHere(peer) ? show(rates.of(peer)) : 'not here',
      ]),
    ),
    verdicts: (name: string, found: Rounds<Figure>) =>
      ['JetStream', 'RabbitMQ'].map((peer) => {
        const confirmed = found.of('confirmed');
        const said = isHere(peer) ? `${peer}: ${show(rates.of(peer))}/s` : `no ${peer} here`;
        const ratio = confirmed.median / rates.of(peer).median;
        return judge(`${name}, to ${peer}`, { tidings: `${show(confirmed)}/s`, peer: said }, ratio, { atLeast: 3 });
      }),
  };
}

type Note = (name: string, began: number) => void;

async function throughJetStream(recipients: number, note: Note): Promise<void> {
  const jetStream = await startJetStream(recipients);
  if (!jetStream) return;
  const filling = performance.now();
  await jetStream.fill(PENDING, TEXT);
  note('JetStream accepted', filling);
  const began = performance.now();
  await jetStream.drain(recipients * PENDING);
  note('JetStream', began);
  await jetStream.stop();
}

async function throughRabbitMq(recipients: number, note: Note): Promise<void> {
  const rabbit = await startRabbitMq(recipients);
  if (!rabbit) return;
  const queues = Array.from({ length: recipients }, (_, i) => i);
  const filling = performance.now();
  for (let i = 0; i < PENDING; i++) await rabbit.publish(i, queues, TEXT);
  note('RabbitMQ accepted', filling);
  const began = performance.now();
  await rabbit.consume();
  await rabbit.untilConsumed(recipients * PENDING);
  note('RabbitMQ', began);
  await rabbit.stop();
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
