import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { LIMITS } from '../../src/core/domain/limits.js';
import { type Frame, type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

// Front ends send a text every second so that proxies keep the connection. The services whose clients come
// here ignore it.

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

const AGENT = 'agent_id:5013bc52-da9a-11ee-844f-2fa34248de28';
/** Holds what is no JSON object, as libraries send it. */
const TEXTS = [
  'ping',
  'heartbeat',
  '',
  ' ',
  '2',
  '"ping"',
  'null',
  '[]',
  '{',
  '{"type":',
  '@heart',
  'pïng ♥',
  '['.repeat(10_000),
];

interface Protocol {
  name: string;
  path(token: string): string;
  /** Follows the object. Null if the path does. */
  subscribe: object | null;
  topic: string;
  /** Is an object that the protocol has no word for; null if it has one for every object. */
  unknown: object | null;
}

const PROTOCOLS: Protocol[] = [
  {
    name: 'entity events',
    path: (token) => `/api/websocket/events?token=${token}`,
    subscribe: { action: 'subscribe', entity: 'file', id: '1' },
    topic: 'file:1',
    unknown: { type: 'ping' },
  },
  {
    name: 'table topics',
    path: (token) => `/live?token=${token}`,
    subscribe: { method: 'subscribe', attributes: { topic: 'file' } },
    topic: 'file:1',
    unknown: { type: 'ping' },
  },
  {
    name: 'topic paths',
    path: (token) => `/v1.0/ws?token=${token}`,
    subscribe: { type: 'subscribe', topics: [AGENT] },
    topic: `${AGENT}:call:1`,
    unknown: { type: 'ping' },
  },
  {
    name: 'object subscriptions',
    path: (token) => `/ws/rest/WebSocketObjectSubscription/file/*/1/${token}`,
    subscribe: null,
    topic: 'file:1',
    unknown: null,
  },
  {
    name: 'alert scripts',
    path: (token) => `/ws/rest/WebSocketAlertScript/ANY/${token}`,
    subscribe: null,
    topic: 'file:1',
    unknown: null,
  },
];

async function follow({ path, subscribe }: Protocol): Promise<LiveClient> {
  const { token } = await tidings.register({ subscribe: ['*'] });
  const client = await LiveClient.open(`${tidings.deliveryUrls[0]}${path(token)}`, {
    headers: { origin: 'https://page.example' },
  });
  clients.push(client);
  if (subscribe) client.send(subscribe);
  // It is answered after the command.
  client.send(MALFORMED);
  await client.next();
  return client;
}

const isError = (frame: Frame) => JSON.stringify(frame).includes('BAD_USER_INPUT');

beforeAll(async () => {
  await tidings.ask('mutation { setEventRule(input: { entity: "FILE", types: ["UPDATE"] }) { entity } }');
  await tidings.ask('mutation { createAlertRule(input: { code: "ANY", topic: "file", condition: "true" }) { code } }');
});

describe.each(PROTOCOLS)('a heartbeat in $name', (protocol) => {
  it('of any text is ignored', async () => {
    const client = await follow(protocol);
    for (const text of TEXTS) client.send(text);
    for (let i = 0; i < 50; i++) client.send('ping');
    await tidings.publish({ topic: protocol.topic, data: { n: 1 }, name: 'n' });
    expect(isError(await client.next())).toBe(false);
    expect(client.closeCode).toBeNull();
  });

  it('that comes too often closes with 1008, as pings of the WebSocket do', async () => {
    const flooded = await follow(protocol);
    for (let i = 0; i < 10 * LIMITS.idleFramesBurst; i++) flooded.send('ping');
    expect(await flooded.closed()).toBe(1008);
    const pinged = await follow(protocol);
    for (let i = 0; i < 10 * LIMITS.idleFramesBurst; i++) pinged.ws.ping();
    expect(await pinged.closed()).toBe(1008);
  });

  it('leaves a malformed command an offence: the eleventh within a minute closes with 1008', async () => {
    const client = await follow(protocol);
    for (let i = 1; i < 11; i++) {
      client.send('ping');
      client.send(MALFORMED);
    }
    expect(await client.closed()).toBe(1008);
    expect(client.frames.filter(isError)).toHaveLength(11);
  });
});

describe.each(PROTOCOLS.filter(({ unknown }) => unknown !== null))('an object without a command in $name', (protocol) => {
  it('is answered by an error, and is no offence', async () => {
    const client = await follow(protocol);
    for (let i = 0; i < 40; i++) {
      client.send(i % 2 === 0 ? {} : (protocol.unknown as object));
      expect(isError(await client.next())).toBe(true);
    }
    await tidings.publish({ topic: protocol.topic, data: { n: 1 }, name: 'n' });
    expect(isError(await client.next())).toBe(false);
  });

  it('closes with 1008 when it comes too often', async () => {
    const client = await follow(protocol);
    for (let i = 0; i < 10 * LIMITS.idleFramesBurst; i++) client.send({});
    expect(await client.closed()).toBe(1008);
  });
});

describe('tidings.v1 keeps to its own rule', () => {
  it.each(['ping', '', '[]'])('the eleventh %j within a minute closes with 1008, each got an error', async (text) => {
    const { token } = await tidings.register({ subscribe: ['*'] });
    const client = await LiveClient.open(`${tidings.deliveryUrls[0]}/?token=${token}`, { protocols: ['tidings.v1'] });
    clients.push(client);
    for (let i = 0; i < 11; i++) client.send(text);
    expect(await client.closed()).toBe(1008);
    expect(client.frames.filter(isError)).toHaveLength(11);
  });
});
