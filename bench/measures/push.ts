import { Client } from 'pg';
import { APOLLO, pushForNothing } from '../lib/apollo.js';
import { callFor } from '../lib/caller-loops.js';
import { cpuPer, readCpu, showCpu } from '../lib/cpu.js';
import { startFloor } from '../lib/floor.js';
import { pushBody } from '../lib/graphql-caller.js';
import { connectAll, type LoadClient } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { type RabbitMq, startRabbitMq } from '../lib/rabbitmq.js';
import { expectNothingPending, settledSoFar, untilSettled } from '../lib/settled.js';
import { number, sample, show } from '../lib/table.js';

const CALLERS = 64;
const text = 'x'.repeat(200);

/** RabbitMQ has one durable queue per recipient; ten thousand of them take it minutes to declare. */
const QUEUES = 1_000;

export const push: Measure = {
  name: 'push',
  about:
    'durable pushes of 200 bytes to 10,000 connected recipients, 64 callers: accepted, delivered and confirmed in PostgreSQL per second',
  placement: 'Nothing is pinned: API node, delivery node, PostgreSQL, Redis, RabbitMQ and the load share both cores',
  minutes: 12,
  async run({ progress, quick, rounds }) {
    const connected = quick ? 500 : 10_000;
    const seconds = quick ? 2 : 15;
    const recipients = Array.from({ length: connected }, (_, i) => `recipient-${i}`);
    const rows: Result['rows'] = [];
    const verdicts: Verdict[] = [];
    const figures: Result['figures'] = {};
    const product = await startBenchProduct();
    const apollo = await startFloor(APOLLO);
    const rabbit = await startRabbitMq(quick ? 100 : QUEUES);
    await rabbit?.consume();
    const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
    const db = new Client(product.databaseUrl);
    await db.connect();
    for (const perCall of [1, 100]) {
      const push = (forSeconds: number) => pushFor(product, clients, db, recipients, perCall, forSeconds);
      progress(`${perCall} a call, warming up`);
      await push(quick ? 1 : 5);
      const ours: PushFigures[] = [];
      const floor: number[] = [];
      const nothing: Array<{ perSecond: number; cpu: number }> = [];
      const peer: Array<{ accepted: number; delivered: number }> = [];
      for (let round = 0; round < rounds; round++) {
        progress(`${perCall} a call, round ${round + 1} of ${rounds}`);
        const figure = await push(seconds);
        ours.push(figure);
        const options = { batch: 1000, text, rowsPerText: perCall, recipients: connected };
        floor.push((await insertAndSettle(product.databaseUrl, { ...options, rows: quick ? 5_000 : 150_000 })).perSecond);
        if (perCall === 1) nothing.push(await pushForNothing(apollo, { callers: CALLERS, seconds: seconds / 3, text }));
        if (rabbit) peer.push(await throughRabbit(rabbit, perCall, quick ? 100 : QUEUES, quick ? 1 : 8));
      }
      // Through three checkpoints and the vacuums that come by themselves; counted once, since it holds as much as all rounds together.
      const long = perCall === 100 && !quick && rounds >= 3;
      if (long) progress('100 a call, for 3 minutes');
      const lasting = long ? await push(180) : null;
      const accepted = sample(ours.map((figure) => figure.acceptedPerSecond));
      const confirmed = sample(ours.map((figure) => figure.confirmedPerSecond));
      const inserted = sample(floor);
      const calls = sample(nothing.map(({ perSecond }) => perSecond));
      const apiCpu = sample(ours.map(({ cpu }) => cpu.api ?? 0)).median;
      const apolloCpu = sample(nothing.map(({ cpu }) => cpu)).median;
      const peerAccepted = sample(peer.map((one) => one.accepted));
      const peerDelivered = sample(peer.map((one) => one.delivered));
      const middle = ours[ours.length >> 1] as PushFigures;
      rows.push({
        'a call': number(perCall),
        'accepted/s': show(accepted),
        'confirmed/s': show(confirmed),
        'plain pg, inserted and settled/s': show(inserted),
        'to plain pg': number(confirmed.median / inserted.median),
        'RabbitMQ accepted/s': rabbit ? show(peerAccepted) : 'not here',
        'RabbitMQ delivered/s': rabbit ? show(peerDelivered) : 'not here',
        'Apollo with nothing, calls/s': apollo && perCall === 1 ? show(calls) : '',
        'API CPU to Apollo CPU': perCall === 1 ? number(apiCpu / apolloCpu) : '',
        'CPU µs per message': showCpu(middle.cpu),
        'load busy (callers, client)': `${percent(middle.callersBusy)}, ${percent(middle.clientBusy)}`,
      });
      const unit = `${perCall} a call`;
      Object.assign(figures, {
        [`${unit}, accepted/s`]: accepted.median,
        [`${unit}, confirmed/s`]: confirmed.median,
        [`${unit}, CPU µs per message, all`]: total(middle.cpu),
        [`${unit}, CPU µs per message, delivery`]: middle.cpu.delivery ?? 0,
        [`${unit}, CPU µs per message, API`]: apiCpu,
        [`${unit}, CPU µs per message, PostgreSQL`]: middle.cpu.postgres ?? 0,
      });
      if (perCall === 1) {
        const found = { tidings: `${show(accepted)} accepted/s`, floor: `Apollo: ${show(calls)}/s` };
        verdicts.push(judge('1 a call, Apollo with nothing to tidings', found, calls.median / accepted.median, { atMost: 1.5 }));
        continue;
      }
      const rate = lasting?.confirmedPerSecond ?? confirmed.median;
      if (lasting) {
        rows.push({
          'a call': '100, for 3 minutes',
          'accepted/s': number(lasting.acceptedPerSecond),
          'confirmed/s': number(rate),
          'to plain pg': number(rate / inserted.median),
          'CPU µs per message': showCpu(lasting.cpu),
          'load busy (callers, client)': `${percent(lasting.callersBusy)}, ${percent(lasting.clientBusy)}`,
        });
      }
      const tidings = `${lasting ? `3 minutes ${number(rate)}, rounds ` : ''}${show(confirmed)} confirmed/s`;
      const plain = `plain pg: ${show(inserted)}/s`;
      verdicts.push(
        judge('100 a call, rounds, to plain pg', { tidings, floor: plain }, confirmed.median / inserted.median, { atLeast: 0.5 }),
      );
      if (lasting)
        verdicts.push(
          judge('100 a call, 3 minutes, to plain pg', { tidings, floor: plain }, rate / inserted.median, { atLeast: 0.5 }),
        );
      const rabbitSays = rabbit ? `RabbitMQ: ${show(peerDelivered)} delivered/s` : 'no RabbitMQ here';
      verdicts.push(judge('100 a call, to RabbitMQ', { tidings, peer: rabbitSays }, rate / peerDelivered.median, { atLeast: 3 }));
    }
    await db.end();
    await clients.stop();
    await apollo.stop();
    await rabbit?.stop();
    await product.stop();
    return { rows, verdicts, figures };
  },
};

const percent = (share: number) => `${number(share * 100)} %`;
const total = (cpu: Record<string, number>) => Object.values(cpu).reduce((a, b) => a + b, 0);

/** As many callers as of the product, in this process; consumers acknowledge meanwhile. */
async function throughRabbit(rabbit: RabbitMq, perCall: number, queues: number, seconds: number) {
  const before = rabbit.consumed;
  const began = performance.now();
  const until = began + seconds * 1000;
  let published = 0;
  let next = 0;
  const caller = async (i: number) => {
    while (performance.now() < until) {
      const to = Array.from({ length: perCall }, () => next++ % queues);
      await rabbit.publish(i, to, text);
      published += perCall;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, i) => caller(i)));
  const acceptedIn = (performance.now() - began) / 1000;
  await rabbit.untilConsumed(before + published);
  return { accepted: published / acceptedIn, delivered: (published * 1000) / (performance.now() - began) };
}

export interface PushFigures {
  rows: number;
  acceptedPerSecond: number;
  confirmedPerSecond: number;
  /** Microseconds per message, by process. */
  cpu: Record<string, number>;
  /** Shares of a core: of this process, and of what holds the connections. */
  callersBusy: number;
  clientBusy: number;
}

/** Pushes for so long, then waits until the last frame has come and the last receipt is in the database. */
export async function pushFor(
  product: BenchProduct,
  clients: LoadClient,
  db: Client,
  recipients: readonly string[],
  perCall: number,
  seconds: number,
): Promise<PushFigures> {
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
  const began = performance.now();
  const accepted = await callFor(
    seconds,
    CALLERS,
    () => product.caller(),
    () => {
      const names: string[] = [];
      for (let i = 0; i < perCall; i++) names.push(recipients[cursor++ % recipients.length] as string);
      return pushBody(names, text);
    },
  );
  const rows = accepted.calls * perCall;
  await clients.expect(rows, 300_000);
  await untilSettled(product, settled + rows);
  const total = (performance.now() - began) / 1000;
  const after = { cpu: await readCpu(processes), client: (await clients.stats()).cpu };
  await expectNothingPending(db);
  return {
    rows,
    acceptedPerSecond: rows / accepted.seconds,
    confirmedPerSecond: rows / total,
    cpu: cpuPer(before.cpu, after.cpu, rows),
    callersBusy: ((after.cpu.load ?? 0) - (before.cpu.load ?? 0)) / total,
    clientBusy: (after.client - before.client) / total,
  };
}
