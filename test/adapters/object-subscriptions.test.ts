import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

// What clients of object subscriptions do beyond the document of their service.

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

describe('object subscriptions', () => {
  const follow = (eventType: string) =>
    open((token) => `/ws/rest/WebSocketObjectSubscription/Voyage/${eventType}/*/${token}`, ['voyage']);

  it.each([
    ['U', ['update']],
    ['u', ['update']],
    ['I', ['create']],
    ['C', ['create']],
    ['D', ['delete']],
    ['Insert', ['create']],
    ['INSERTED', ['create']],
    ['*', ['create', 'update', 'delete']],
  ])('take %s as an event type', async (eventType, types) => {
    const client = await follow(eventType);
    await answer(client);
    for (const type of ['create', 'update', 'delete']) await tidings.publish({ topic: 'voyage:1', type, data: { type } });
    for (const type of types) expect(await client.next()).toEqual({ key: '1', type });
  });

  it.each(['X', 'x', '1', '%C3%9C', '%F0%9F%98%80'])('refuse %s, which would never come', async (eventType) => {
    const client = await follow(eventType);
    expect(await client.next()).toEqual({ error: { code: 'BAD_USER_INPUT', message: expect.stringContaining('eventType') } });
    await answer(client);
    expect(client.closeCode).toBeNull();
  });

  const VOYAGE = {
    key: 1,
    self: 'https://example.org/ws/rest/Voyage/1',
    vessel: { key: 2, self: 'https://example.org/ws/rest/Vessel/2', name: 'North', flag: { key: 3, code: 'NO', name: 'Norway' } },
    portCalls: [
      { key: 4, self: 'https://example.org/ws/rest/PortCall/4', port: { key: 5, name: 'Oslo', zone: 1 }, eta: '2026-01-01' },
      { key: 6, port: null, eta: null },
    ],
    tags: ['a', 'b'],
    matrix: [[{ a: 1, b: 2 }], [{ a: 3 }]],
    owner: 'x',
  };

  it.each<[string, object, object]>([
    [
      'key and self of sub-objects',
      { vessel: { flag: { code: '*' } } },
      { vessel: { key: 2, self: VOYAGE.vessel.self, flag: { key: 3, code: 'NO' } } },
    ],
    [
      'what a list names of its items',
      { portCalls: [{ eta: '', port: { name: '' } }] },
      {
        portCalls: [
          { key: 4, self: 'https://example.org/ws/rest/PortCall/4', eta: '2026-01-01', port: { key: 5, name: 'Oslo' } },
          { key: 6, eta: null, port: null },
        ],
      },
    ],
    [
      'what an object names of the items',
      { portCalls: { eta: '' } },
      {
        portCalls: [
          { key: 4, self: expect.any(String), eta: '2026-01-01' },
          { key: 6, eta: null },
        ],
      },
    ],
    ['what all items of the list name', { vessel: [{ name: '' }, { flag: {} }] }, { vessel: VOYAGE.vessel }],
    [
      'whole items for a list of texts, or an empty one',
      { portCalls: [], tags: ['*'] },
      { portCalls: VOYAGE.portCalls, tags: VOYAGE.tags },
    ],
    ['what a list in a list names', { matrix: [[{ a: '' }]] }, { matrix: [[{ a: 1 }], [{ a: 3 }]] }],
  ])('select by shape %s', async (_, shape, selected) => {
    const client = await follow('*');
    client.send(shape);
    await answer(client);
    await tidings.publish({ topic: 'voyage:1', data: VOYAGE });
    expect(await client.next()).toEqual({ key: 1, self: VOYAGE.self, ...selected });
    client.send({});
    await answer(client);
    await tidings.publish({ topic: 'voyage:1', data: VOYAGE });
    expect(await client.next()).toEqual(VOYAGE);
  });
});
