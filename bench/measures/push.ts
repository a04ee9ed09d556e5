import { Client } from 'pg';
import { APOLLO, pushForNothing } from '../lib/apollo.js';
import { showCpu } from '../lib/cpu.js';
import { type Floor, startFloor } from '../lib/floor.js';
import { connectAll } from '../lib/load-client.js';
import { judge, type Measure, type Result, type Verdict } from '../lib/measure.js';
import { insertAndSettle } from '../lib/pg-floor.js';
import { startBenchProduct } from '../lib/product.js';
import { CALLERS, type PushFigures, type PushLoad, pushFor, TEXT } from '../lib/push-load.js';
import { type RabbitMq, startRabbitMq } from '../lib/rabbitmq.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { number, show } from '../lib/table.js';

/** Limits RabbitMQ's queues, one durable queue per recipient: to declare ten thousand takes minutes. */
const QUEUES = 1_000;

/** Holds the product with its floor and its peer. */
interface Setting extends PushLoad {
  apollo: Floor;
  rabbit: RabbitMq | null;
  quick: boolean;
}

/**
 * Figures are rates per second; `apiCpu` and `apolloCpu` are microseconds of CPU per message and per call.
 */
type Figure =
  | 'accepted'
  | 'confirmed'
  | 'rowsByPg'
  | 'apiCpu'
  | 'apolloCalls'
  | 'apolloCpu'
  | 'rabbitAccepted'
  | 'rabbitDelivered';

interface Found {
  perCall: number;
  rounds: Rounds<Figure>;
  /** Holds the figures of the middle round. */
  middle: PushFigures;
  /** Holds a run of three minutes, with three checkpoints and the vacuums of that time. */
  lasting: PushFigures | null;
}

export const push: Measure = {
  name: 'push',
  about:
    'durable pushes of 200 bytes to 10,000 connected recipients, 64 callers: accepted, delivered and confirmed in PostgreSQL per second',
  placement: 'Nothing is pinned: API node, delivery node, PostgreSQL, Redis, RabbitMQ and the load share both cores',
  minutes: 12,
  async run({ progress, quick, rounds }) {
    const setting = await open(quick);
    const result: Result = { rows: [], verdicts: [], figures: {} };
    for (const perCall of [1, 100]) {
      const found = await inRounds(setting, perCall, rounds, progress);
      result.rows.push(...rowsOf(found, setting.rabbit !== null));
      Object.assign(result.figures, figuresOf(found));
      result.verdicts.push(...(perCall === 1 ? [toApollo(found)] : verdictsOf(found, setting.rabbit !== null)));
    }
    await setting.db.end();
    await setting.clients.stop();
    await setting.apollo.stop();
    await setting.rabbit?.stop();
    await setting.product.stop();
    return result;
  },
};

async function open(quick: boolean): Promise<Setting> {
  const recipients = recipientNames(quick ? 500 : 10_000);
  const product = await startBenchProduct();
  const apollo = await startFloor(APOLLO);
  const rabbit = await startRabbitMq(quick ? 100 : QUEUES);
  await rabbit?.consume();
  const clients = await connectAll(product.deliveryPorts[0] as number, await product.targets(recipients));
  const db = new Client(product.databaseUrl);
  await db.connect();
  return { product, apollo, rabbit, clients, db, recipients, quick };
}

async function inRounds(setting: Setting, perCall: number, rounds: number, progress: (message: string) => void): Promise<Found> {
  const { quick } = setting;
  progress(`${perCall} a call, warming up`);
  await pushFor(setting, perCall, quick ? 1 : 5);
  const found = new Rounds<Figure>();
  const ours: PushFigures[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`${perCall} a call, ${nameOfRound(round, rounds)}`);
    const pushed = await pushFor(setting, perCall, quick ? 2 : 15);
    ours.push(pushed);
    found.add({ accepted: pushed.acceptedPerSecond, confirmed: pushed.confirmedPerSecond, apiCpu: pushed.cpu.api ?? 0 });
    found.add(await throughFloors(setting, perCall));
  }
  // It runs once, since it takes as long as all rounds together.
  const long = perCall === 100 && !quick && rounds >= 3;
  if (long) progress('100 a call, for 3 minutes');
  const lasting = long ? await pushFor(setting, perCall, 180) : null;
  return { perCall, rounds: found, middle: ours[ours.length >> 1] as PushFigures, lasting };
}

async function throughFloors(setting: Setting, perCall: number): Promise<Partial<Record<Figure, number>>> {
  const { product, apollo, rabbit, quick, recipients } = setting;
  const rows = { batch: 1000, text: TEXT, rowsPerText: perCall, recipients: recipients.length, rows: quick ? 5_000 : 150_000 };
  const rowsByPg = (await insertAndSettle(product.databaseUrl, rows)).perSecond;
  const seconds = (quick ? 2 : 15) / 3;
  const nothing = perCall === 1 ? await pushForNothing(apollo, { callers: CALLERS, seconds, text: TEXT }) : null;
  const queued = rabbit ? await throughRabbit(rabbit, perCall, quick ? 100 : QUEUES, quick ? 1 : 8) : null;
  return {
    rowsByPg,
    ...(nothing && { apolloCalls: nothing.perSecond, apolloCpu: nothing.cpu }),
    ...(queued && { rabbitAccepted: queued.accepted, rabbitDelivered: queued.delivered }),
  };
}

/** Publishes from as many callers as the product has, in this process; consumers acknowledge meanwhile. */
async function throughRabbit(rabbit: RabbitMq, perCall: number, queues: number, seconds: number) {
  const before = rabbit.consumed;
  const began = performance.now();
  const until = began + seconds * 1000;
  let published = 0;
  let next = 0;
  const caller = async (i: number) => {
    while (performance.now() < until) {
      const to = Array.from({ length: perCall }, () => next++ % queues);
      await rabbit.publish(i, to, TEXT);
      published += perCall;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, (_, i) => caller(i)));
  const acceptedIn = (performance.now() - began) / 1000;
  await rabbit.untilConsumed(before + published);
  return { accepted: published / acceptedIn, delivered: (published * 1000) / (performance.now() - began) };
}

const percent = (share: number) => `${number(share * 100)} %`;
const total = (cpu: Record<string, number>) => Object.values(cpu).reduce((a, b) => a + b, 0);
const busy = ({ callersBusy, clientBusy }: PushFigures) => `${percent(callersBusy)}, ${percent(clientBusy)}`;

function rowsOf({ perCall, rounds, middle, lasting }: Found, withRabbit: boolean): Result['rows'] {
  const single = perCall === 1;
  const row = {
    'a call': number(perCall),
    'accepted/s': show(rounds.of('accepted')),
    'confirmed/s': show(rounds.of('confirmed')),
    'plain pg, inserted and settled/s': show(rounds.of('rowsByPg')),
    'to plain pg': number(rounds.ratio('confirmed', 'rowsByPg')),
    'RabbitMQ accepted/s': withRabbit ? show(rounds.of('rabbitAccepted')) : 'not here',
    'RabbitMQ delivered/s': withRabbit ? show(rounds.of('rabbitDelivered')) : 'not here',
    'Apollo with nothing, calls/s': single ? show(rounds.of('apolloCalls')) : '',
    'API CPU to Apollo CPU': single ? number(rounds.ratio('apiCpu', 'apolloCpu')) : '',
    'CPU µs per message': showCpu(middle.cpu),
    'load busy (callers, client)': busy(middle),
  };
  if (!lasting) return [row];
  return [
    row,
    {
      'a call': '100, for 3 minutes',
      'accepted/s': number(lasting.acceptedPerSecond),
      'confirmed/s': number(lasting.confirmedPerSecond),
      'to plain pg': number(lasting.confirmedPerSecond / rounds.of('rowsByPg').median),
      'CPU µs per message': showCpu(lasting.cpu),
      'load busy (callers, client)': busy(lasting),
    },
  ];
}

function figuresOf({ perCall, rounds, middle }: Found): Record<string, number> {
  const unit = `${perCall} a call`;
  return {
    [`${unit}, accepted/s`]: rounds.of('accepted').median,
    [`${unit}, confirmed/s`]: rounds.of('confirmed').median,
    [`${unit}, CPU µs per message, all`]: total(middle.cpu),
    [`${unit}, CPU µs per message, delivery`]: middle.cpu.delivery ?? 0,
    [`${unit}, CPU µs per message, API`]: rounds.of('apiCpu').median,
    [`${unit}, CPU µs per message, PostgreSQL`]: middle.cpu.postgres ?? 0,
  };
}

function toApollo({ rounds }: Found): Verdict {
  const found = { tidings: `${show(rounds.of('accepted'))} accepted/s`, floor: `Apollo: ${show(rounds.of('apolloCalls'))}/s` };
  return judge('1 a call, Apollo with nothing to tidings', found, rounds.ratio('apolloCalls', 'accepted'), { atMost: 1.5 });
}

function verdictsOf({ rounds, lasting }: Found, withRabbit: boolean): Verdict[] {
  const confirmed = rounds.of('confirmed');
  const inserted = rounds.of('rowsByPg');
  const rate = lasting?.confirmedPerSecond ?? confirmed.median;
  const tidings = `${lasting ? `3 minutes ${number(rate)}, rounds ` : ''}${show(confirmed)} confirmed/s`;
  const floor = `plain pg: ${show(inserted)}/s`;
  const delivered = rounds.of('rabbitDelivered');
  const peer = withRabbit ? `RabbitMQ: ${show(delivered)} delivered/s` : 'no RabbitMQ here';
  const toPg = (what: string, ratio: number) => judge(what, { tidings, floor }, ratio, { atLeast: 0.5 });
  return [
    toPg('100 a call, rounds, to plain pg', confirmed.median / inserted.median),
    ...(lasting ? [toPg('100 a call, 3 minutes, to plain pg', rate / inserted.median)] : []),
    judge('100 a call, to RabbitMQ', { tidings, peer }, rate / delivered.median, { atLeast: 3 }),
  ];
}
