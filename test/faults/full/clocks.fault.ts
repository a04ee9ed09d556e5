import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type ClientOptions, WebSocket } from 'ws';
import { until } from '../../support/index.js';
import { Api, CallFailed } from '../lib/api.js';
import { databaseClock, iso } from '../lib/clock.js';
import { push, statuses } from '../lib/push.js';
import { type Fault, Unsupported } from './fault.js';
import { type Stage, startServers } from './stage.js';
import { ms } from './table.js';

const MACHINE = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
/** Is the library that Debian's `faketime` preloads. Timers stay right: only the calendar is wrong. */
const LIBRARY = `/usr/lib/${MACHINE}-linux-gnu/faketime/libfaketimeMT.so.1`;
const shifted = (by: string) => ({ LD_PRELOAD: LIBRARY, FAKETIME: by, FAKETIME_DONT_FAKE_MONOTONIC: '1' });
const RIGHT_TO_MS = 1000;
/** Pairs the API node that is called with the delivery node that delivers. */
const PAIRS = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const;

/** Sets the clocks of one node of each kind an hour ahead, of the other an hour behind. */
export const clocksApart: Fault = {
  name: 'clocks-apart',
  about: 'nodes’ clocks an hour ahead and an hour behind',
  stage: { clients: 40, pushesPerSecond: 20 },
  async startServers() {
    if (!existsSync(LIBRARY)) throw new Unsupported('no libfaketime (Debian: apt-get install faketime)');
    return startServers();
  },
  async run(stage) {
    const { apiNodes, deliveryNodes } = stage.installation;
    for (const nodes of [apiNodes, deliveryNodes]) {
      for (const [i, node] of nodes.entries()) {
        await node.terminate();
        await node.restart(shifted(i === 0 ? '+1h' : '-1h'));
      }
    }
    await nodesAreApart(stage);
    for (const [api, delivery] of PAIRS) await timesAreTheDatabases(stage, api, delivery);
    await expiryIsJudgedByTheDatabase(stage);
    for (const [api, delivery] of PAIRS) await expiresWhileItWaits(stage, api, delivery);
    for (const [api, delivery] of PAIRS) await tokenEnds(stage, api, delivery);
  },
};

function parts({ installation, servers }: Stage, apiNode: number, deliveryNode: number) {
  const url = installation.apiNodes[apiNode]?.url ?? '';
  return {
    api: new Api(() => [url], installation.key),
    deliveryUrl: installation.deliveryNodes[deliveryNode]?.url ?? '',
    recipient: `clocks ${apiNode}.${deliveryNode}`,
    databaseUrl: servers.databaseUrl,
  };
}

let sockets = 0;

/** Writes what comes, global messages too, into the ledger. */
function open({ ledger }: Stage, deliveryUrl: string, recipient: string, token: string, options: ClientOptions = {}): WebSocket {
  const socket = new WebSocket(`${deliveryUrl}/?token=${token}`, options);
  const connection = `clocks ${++sockets}`;
  socket.on('message', (data) => ledger.received(connection, recipient, String(data)));
  return socket;
}

async function nodesAreApart(stage: Stage): Promise<void> {
  const dates = await Promise.all(
    stage.installation.apiNodes.map(async ({ url }) => Date.parse((await fetch(`${url}/healthz`)).headers.get('date') ?? '')),
  );
  const hours = ((dates[0] as number) - (dates[1] as number)) / 3_600_000;
  stage.require(Math.abs(hours - 2) < 0.01, `the API nodes are ${hours} hours apart`);
}

async function timesAreTheDatabases(stage: Stage, apiNode: number, deliveryNode: number): Promise<void> {
  const { api, deliveryUrl, recipient, databaseUrl } = parts(stage, apiNode, deliveryNode);
  const { token } = await api.register(recipient);
  const now = await databaseClock(databaseUrl);
  const socket = open(stage, deliveryUrl, recipient, token);
  const text = `times ${recipient}`;
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const before = now();
  const [item] = await push(api, stage.ledger, [recipient], text, { expiresAt: iso(before + 60_000) });
  const row = async () => {
    const { message } = await api.call<{ message: { status: string; createdAt: string; deliveredAt: string } }>(
      `{ message(id: "${item?.id}") { status createdAt deliveredAt } }`,
    );
    return message;
  };
  await until('a receipt', async () => (await row()).status === 'DELIVERED');
  const after = now();
  socket.terminate();
  const { createdAt, deliveredAt } = await row();
  for (const [what, time] of Object.entries({ createdAt: Date.parse(createdAt), deliveredAt: Date.parse(deliveredAt) })) {
    const off = Math.max(0, before - time, time - after);
    stage.require(off < RIGHT_TO_MS, `${what} was wrong by ${ms(off)}`);
  }
}

async function expiryIsJudgedByTheDatabase(stage: Stage): Promise<void> {
  const now = await databaseClock(stage.servers.databaseUrl);
  for (const apiNode of [0, 1]) {
    const { api, recipient } = parts(stage, apiNode, 0);
    const attempt = (expiresAt: number) =>
      api.call('mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }', {
        input: { recipients: [`${recipient} nobody`], message: 'text', expiresAt: iso(expiresAt) },
      });
    const refused = await attempt(now() - RIGHT_TO_MS).then(
      () => 'OK',
      (error) => (error instanceof CallFailed ? error.code : String(error)),
    );
    stage.require(refused === 'BAD_USER_INPUT', `an expiry that has passed was answered by ${refused}`);
    await attempt(now() + 2 * RIGHT_TO_MS);
  }
}

/** Connects clients that give no receipt: each gets the message while it is valid. */
async function expiresWhileItWaits(stage: Stage, apiNode: number, deliveryNode: number): Promise<void> {
  const { api, deliveryUrl, recipient, databaseUrl } = parts(stage, apiNode, deliveryNode);
  const { token } = await api.register(recipient);
  const now = await databaseClock(databaseUrl);
  const expiresAt = now() + 3000;
  const text = `expires ${recipient}`;
  const [item] = await push(api, stage.ledger, [recipient], text, { expiresAt: iso(expiresAt) });
  const id = item?.id ?? '';
  stage.ledger.excuse(id);
  let lastFrame = 0;
  let status = '';
  while (now() < expiresAt + 2 * RIGHT_TO_MS) {
    const socket = open(stage, deliveryUrl, recipient, token, { autoPong: false });
    socket.on('error', () => {});
    socket.on('message', (data) => {
      if (String(data) === text) lastFrame = now();
    });
    await delay(200);
    socket.terminate();
    const asked = now();
    [status = ''] = await statuses(api, [id]);
    const isLate = status === 'PENDING' && asked > expiresAt + RIGHT_TO_MS;
    const isEarly = status !== 'PENDING' && now() < expiresAt - RIGHT_TO_MS;
    stage.require(!isLate && !isEarly, `${status} was answered ${ms(asked - expiresAt)} after the expiry`);
  }
  const off = lastFrame - expiresAt;
  stage.note(`the last frame of an expiring message ${Math.round(off)} ms after its expiry`);
  stage.require(status === 'CANCELLED', `it was ${status} in the end`);
  stage.require(Math.abs(off) < RIGHT_TO_MS, `the last frame was written ${Math.round(off)} ms after the expiry`);
}

async function tokenEnds(stage: Stage, apiNode: number, deliveryNode: number): Promise<void> {
  const { api, deliveryUrl, recipient } = parts(stage, apiNode, deliveryNode);
  const lifeMs = 3000;
  const { token } = await api.register(recipient, { expiresIn: lifeMs / 1000 });
  const endsAt = performance.now() + lifeMs;
  const socket = open(stage, deliveryUrl, recipient, token);
  const code = await new Promise<number>((resolve, reject) => socket.on('close', resolve).on('error', reject));
  const off = performance.now() - endsAt;
  stage.require(code === 4401, `a token that expired while connected closed with ${code}`);
  stage.require(Math.abs(off) < RIGHT_TO_MS, `a token ended ${Math.round(off)} ms after its time`);
  const refused = await new Promise((resolve) => {
    const late = new WebSocket(`${deliveryUrl}/?token=${token}`);
    late.on('unexpected-response', (_request, response) => resolve(response.statusCode)).on('error', () => {});
    late.on('open', () => resolve(101));
  });
  stage.require(refused === 401, `a token that has expired was answered by ${refused}`);
}
