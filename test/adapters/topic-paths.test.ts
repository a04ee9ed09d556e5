import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

// What clients of topic paths do beyond the document of their service.

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

async function open(path: (token: string) => string, subscribe: string[]): Promise<LiveClient> {
  const { token } = await tidings.register({ subscribe });
  const client = await LiveClient.open(`${tidings.deliveryUrls[0]}${path(token)}`);
  clients.push(client);
  return client;
}

/** Resolves once the frames so far have been carried out, and returns the first answer. */
async function answer(client: LiveClient) {
  client.send(MALFORMED);
  return client.next();
}

describe('topic paths', () => {
  const CUSTOMER = 'customer_id:5013bc52-da9a-11ee-844f-2fa34248de28';
  const follow = (subscribe: string[]) => open((token) => `/v1.0/ws?token=${token}`, subscribe);

  it('may end with a colon, also to unsubscribe', async () => {
    const client = await follow([CUSTOMER]);
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:call:`, `${CUSTOMER}:queue:1`] });
    client.send({ type: 'unsubscribe', topics: [`${CUSTOMER}:queue:1:`] });
    await answer(client);
    await tidings.publish({ topic: `${CUSTOMER}:queue:1` }, { topic: `${CUSTOMER}:call:1`, data: { n: 1 } });
    expect(await client.next()).toEqual({ type: 'call_updated', data: { n: 1 } });
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:`] });
    await answer(client);
    await tidings.publish({ topic: `${CUSTOMER}:queue:1`, data: { n: 2 } });
    expect(await client.next()).toEqual({ type: 'queue_updated', data: { n: 2 } });
  });

  it('match by segments, and are repeated by an error as they came', async () => {
    const client = await follow([`${CUSTOMER}:queue`]);
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:queue`] });
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:queuecall:`] });
    expect(await client.next()).toMatchObject({ code: 'FORBIDDEN', topics: [`${CUSTOMER}:queuecall:`] });
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}::`] });
    expect(await client.next()).toMatchObject({ code: 'BAD_USER_INPUT' });
    await tidings.publish({ topic: `${CUSTOMER}:queuecall:1` }, { topic: `${CUSTOMER}:queue:1`, data: { n: 1 } });
    expect(await client.next()).toEqual({ type: 'queue_updated', data: { n: 1 } });
  });

  it('tell of an event by its exact name where its type begins with =', async () => {
    const client = await follow([CUSTOMER]);
    client.send({ type: 'subscribe', topics: [CUSTOMER] });
    await answer(client);
    const topic = `${CUSTOMER}:chat:1`;
    for (const type of ['=chatmessage_created', '==', '=', 'created', 'create']) await tidings.publish({ topic, type });
    const types: unknown[] = [];
    for (let i = 0; i < 5; i++) types.push((await client.next()).type);
    expect(types).toEqual(['chatmessage_created', '=', 'chat_=', 'chat_created', 'chat_created']);
  });
});
