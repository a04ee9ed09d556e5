import { setTimeout as delay } from 'node:timers/promises';
import { Agent } from 'undici';
import { post } from '../lib/caller-loops.js';
import { cpuPer, readCpu, showCpu } from '../lib/cpu.js';
import { type Floor, startFloor } from '../lib/floor.js';
import type { GraphqlCaller } from '../lib/graphql-caller.js';
import { type Measure, type Result, unjudged } from '../lib/measure.js';
import { type BenchProduct, startBenchProduct } from '../lib/product.js';
import { recipientNames } from '../lib/recipients.js';
import { nameOfRound, Rounds } from '../lib/rounds.js';
import { number, show } from '../lib/table.js';

const RECEIVER = 'bench/floors/webhook-receiver.mjs';
/** Requests at once to one endpoint, as the product has them. */
const AT_ONCE = 20;
const PER_CALL = 1_000;
const TOPIC = 'told';

interface Case {
  maxBatch: number;
  events: number;
}

/** Figures are events per second. */
type Figure = 'posted' | 'floor';

interface Setting {
  product: BenchProduct;
  caller: GraphqlCaller;
  receiver: Floor;
}

/** What the receiver saw. */
interface Received {
  perSecond: number;
  bytes: number;
  requests: number;
}

export const webhooks: Measure = {
  name: 'webhooks',
  about: 'status events that wait, posted to one receiver, by itself and in batches of 100: events per second',
  placement: 'Nothing is pinned: an API node, PostgreSQL, the receiver and the load share both cores',
  minutes: 8,
  async run({ progress, quick, rounds }) {
    const env = { SECRETS_KEY: 'a key of the benchmarks that is long enough', WEBHOOK_ALLOW: '127.0.0.1' };
    const product = await startBenchProduct({ env, deliveryNodes: 0 });
    const setting = { product, caller: product.caller(), receiver: await startFloor(RECEIVER) };
    await ask(setting, 'mutation { setStatusFeed(enabled: true) { enabled } }');
    const result: Result = { rows: [], verdicts: [], figures: {} };
    const cases: readonly Case[] = [
      { maxBatch: 1, events: quick ? 500 : 10_000 },
      { maxBatch: 100, events: quick ? 3_000 : 100_000 },
    ];
    for (const one of cases) {
      const found = new Rounds<Figure>();
      let cpu = '';
      // Round -1 warms up.
      for (let round = -1; round < rounds; round++) {
        progress(`${one.maxBatch} a request, ${nameOfRound(round, rounds)}`);
        const posted = await throughProduct(setting, one);
        const floor = await throughUndici(setting, one, posted.received);
        if (round >= 0) found.add({ posted: posted.received.perSecond, floor: floor.perSecond });
        cpu = posted.cpu;
      }
      report(result, one, found, cpu);
    }
    setting.caller.close();
    await setting.receiver.stop();
    await product.stop();
    return result;
  },
};

async function ask<Data>({ caller }: Setting, query: string, variables: object = {}): Promise<Data> {
  return JSON.parse(await post(caller, JSON.stringify({ query, variables }))).data;
}

/** Lets events wait for a webhook that is paused, then measures how fast they come. */
async function throughProduct(setting: Setting, { maxBatch, events }: Case): Promise<{ received: Received; cpu: string }> {
  const { product, receiver } = setting;
  const url = `http://127.0.0.1:${receiver.port}/`;
  const { createWebhook } = await ask<{ createWebhook: { webhook: { id: string } } }>(
    setting,
    'mutation ($input: CreateWebhookInput!) { createWebhook(input: $input) { webhook { id } } }',
    { input: { url, events: ['RECALLED'], maxBatch } },
  );
  const { id } = createWebhook.webhook;
  const pause = 'mutation ($id: ID!, $paused: Boolean!) { updateWebhook(input: { id: $id, paused: $paused }) { state } }';
  await ask(setting, pause, { id, paused: true });
  await recall(setting, events);
  await untilWaiting(setting, events);
  const processes = { api: product.apiPids, postgres: [product.postgres.pid], receiver: [receiver.pid] };
  const before = await readCpu(processes);
  const seen = receiver.ask(String(events));
  await ask(setting, pause, { id, paused: false });
  const received = receivedOf(await seen);
  // Attempts are recorded a moment after.
  await untilWaiting(setting, 0);
  const cpu = showCpu(cpuPer(before, await readCpu(processes), events));
  await ask(setting, 'mutation ($id: ID!) { deleteWebhook(input: { id: $id }) { id } }', { id });
  return { received, cpu };
}

/** Pushes to those who are not there, and takes it back: an event for each. */
async function recall(setting: Setting, events: number): Promise<void> {
  const names = recipientNames(PER_CALL);
  for (let left = events; left > 0; left -= PER_CALL) {
    const input = { recipients: names.slice(0, left), message: 'x'.repeat(200), topic: TOPIC };
    await ask(setting, 'mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }', { input });
  }
  const cancel = `mutation { cancelMessages(input: { topic: "${TOPIC}" }) { complete } }`;
  while (!(await ask<{ cancelMessages: { complete: boolean } }>(setting, cancel)).cancelMessages.complete);
}

async function untilWaiting(setting: Setting, events: number): Promise<void> {
  const waiting = async () => (await ask<{ webhooks: Array<{ waiting: number }> }>(setting, '{ webhooks { waiting } }')).webhooks;
  while ((await waiting())[0]?.waiting !== events) await delay(100);
}

/** Posts as many events of the same size, and records nothing. */
async function throughUndici({ receiver }: Setting, { maxBatch, events }: Case, like: Received): Promise<Received> {
  const requests = Math.ceil(events / maxBatch);
  const padding = 'x'.repeat(Math.max(0, Math.round(like.bytes / events) - 20));
  const body = JSON.stringify({ events: Array.from({ length: maxBatch }, () => ({ recipient: padding })) });
  const agent = new Agent({ connections: AT_ONCE, pipelining: 1 });
  const origin = `http://127.0.0.1:${receiver.port}`;
  const seen = receiver.ask(String(requests * maxBatch));
  let next = 0;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (next++ < requests) {
        const answer = await agent.request({ origin, path: '/', method: 'POST', body });
        await answer.body.dump();
      }
    }),
  );
  const received = receivedOf(await seen);
  await agent.close();
  return received;
}

const receivedOf = ({ events = 0, requests = 0, bytes = 0, seconds = 0 }: Record<string, number>): Received => ({
  perSecond: events / seconds,
  requests,
  bytes,
});

function report(result: Result, { maxBatch, events }: Case, found: Rounds<Figure>, cpu: string): void {
  const what = `${maxBatch} a request`;
  result.rows.push({
    ...{ events: number(events), 'a request': number(maxBatch), 'posted/s': show(found.of('posted')) },
    ...{ 'undici alone/s': show(found.of('floor')), ratio: number(found.ratio('posted', 'floor')), 'CPU µs an event': cpu },
  });
  const told = `${show(found.of('posted'))} events/s, undici alone ${show(found.of('floor'))}`;
  result.verdicts.push({
    ...unjudged(what, told, 'beside bare posts'),
    ratio: number(found.ratio('posted', 'floor')),
    met: true,
  });
  result.figures[`posted/s, ${what}`] = found.of('posted').median;
}
