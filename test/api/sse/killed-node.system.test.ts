import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type StatusEvent, Tidings } from '../../../packages/sdk/src/index.js';
import { FaultNode } from '../../faults/lib/node.js';
import {
  createDatabase,
  redisUrl,
  startNginx,
  startPgBouncer,
  type TestDatabase,
  type TestNginx,
  type TestPgBouncer,
  until,
} from '../../support/index.js';
import { Receiver } from '../../webhooks/support/receiver.js';

const KEY = `tk_${randomBytes(32).toString('base64url')}`;
/** Another node goes on within this after the one that posted was killed, in milliseconds. */
const TAKEN_OVER_MS = 10_000;

let database: TestDatabase;
let bouncer: TestPgBouncer;
let nginx: TestNginx;
let receiver: Receiver;
let nodes: FaultNode[];
let tidings: Tidings;
const stopped = new AbortController();
const told: StatusEvent[] = [];
let following: Promise<void> = Promise.resolve();

/** Two API nodes behind nginx as we deploy it, on a database behind PgBouncer in transaction mode. */
beforeAll(async () => {
  database = await createDatabase();
  const { pathname, searchParams, port } = new URL(database.url);
  bouncer = await startPgBouncer({ folder: searchParams.get('host') ?? '', port: Number(port || 5432) });
  const env = {
    DATABASE_URL: bouncer.urlOf(pathname.slice(1)),
    REDIS_URL: redisUrl,
    REDIS_PREFIX: `killed-node-${randomBytes(4).toString('hex')}`,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    SECRETS_KEY: randomBytes(32).toString('hex'),
    WEBHOOK_ALLOW: '127.0.0.1',
    BOOTSTRAP_API_KEY: KEY,
    PUBLIC_DELIVERY_URL: 'ws://push.example',
    LOG_LEVEL: 'warn',
  };
  nodes = await Promise.all([FaultNode.start('api', env), FaultNode.start('api', env)]);
  const [one, other] = nodes.map(({ port: listens }) => `127.0.0.1:${listens}`) as [string, string];
  // No message is delivered here.
  nginx = await startNginx({ api: [one, other], delivery: [one] });
  receiver = await Receiver.start();
  tidings = new Tidings({ url: `http://${nginx.address}`, apiKey: KEY });
}, 90_000);
afterAll(async () => {
  stopped.abort();
  await following;
  await Promise.all((nodes ?? []).map((node) => node.kill()));
  receiver?.stop();
  await nginx?.stop();
  await bouncer?.stop();
  await database?.drop();
});

let recalled = 0;

/** Makes an event. */
async function recallOne(recipient: string): Promise<void> {
  const [pushed] = await tidings.pushMessage({ recipients: [recipient], message: 'a text' });
  await tidings.cancelMessages({ ids: [pushed?.item?.id ?? ''] });
  recalled++;
}

async function subscriptionsOf(node: FaultNode): Promise<number> {
  const metrics = await fetch(`${node.url}/metrics`).then((response) => response.text());
  return Number(/^tidings_status_subscriptions (\d+)$/m.exec(metrics)?.[1]);
}

async function follow(): Promise<void> {
  try {
    for await (const event of tidings.subscribeStatusEvents({}, { signal: stopped.signal })) told.push(event);
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  }
}

test('a subscription comes through nginx at once, and goes on at the other node when its own is killed', async () => {
  await tidings.setStatusFeed({ enabled: true });
  following = follow();
  let holder: FaultNode | undefined;
  await until('a node to have the subscription', async () => {
    for (const node of nodes) if ((await subscriptionsOf(node)) === 1) holder = node;
    return holder !== undefined;
  });
  await recallOne('before');
  // The answer is not over: a proxy that gathered events would still have it.
  await until('the event', () => told.length === 1);

  // Events go on all the while.
  let isOver = false;
  const recalls = (async () => {
    for (let n = 0; !isOver; n++) await recallOne(`meanwhile ${n}`);
  })();
  await until('some events', () => told.length > 5);
  await holder?.kill();
  const atKill = told.length;
  await until('the other node to tell more', () => told.length > atKill + 5);
  isOver = true;
  await recalls;

  await until('all to be told', () => told.length >= recalled);
  const all: StatusEvent[] = [];
  for await (const event of tidings.statusEvents()) all.push(event);
  expect(all).toHaveLength(recalled);
  expect(told.map(({ id }) => id)).toEqual(all.map(({ id }) => id));
}, 60_000);

test('what a killed node was posting to a webhook is posted by another one, and what follows, too', async () => {
  const sender = nodes.find((node) => node.isRunning) as FaultNode;
  const other = nodes.find((node) => node !== sender) as FaultNode;
  receiver.respond = () => {};
  await tidings.createWebhook({ url: receiver.url, events: ['RECALLED'] });
  await recallOne('posted');
  await receiver.received(1);
  await other.restart();
  await sender.kill();
  receiver.respond = (response) => response.end();
  await until('another node to go on', () => receiver.requests.length > 1, TAKEN_OVER_MS);
  await recallOne('after');
  await receiver.received(3);
  const [first, second, third] = receiver.requests.map(({ headers, body }) => [headers['webhook-id'], JSON.parse(body).data]);
  expect(second).toEqual(first);
  expect(third).toMatchObject([expect.any(String), { recipient: 'after' }]);
  await until('nothing to wait', async () => (await tidings.webhooks())[0]?.waiting === 0);
}, 60_000);
