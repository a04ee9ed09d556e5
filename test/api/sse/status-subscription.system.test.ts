import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-sse';
import { startNode } from '../../../src/app/start-node.js';
import { type Config, loadConfig } from '../../../src/config/index.js';
import { newApiKey } from '../../../src/core/domain/api-key.js';
import { FULL_SCOPE } from '../../../src/core/domain/roles.js';
import { eventId, parseEventId } from '../../../src/core/domain/status-feed/event-position.js';
import { silentLogger } from '../../../src/core/ports/logger.js';
import { openStore } from '../../store/open.js';
import { printedBlock } from '../../support/documents.js';
import { createDatabase, type TestDatabase, until } from '../../support/index.js';
import { RawClient } from './raw-client.js';

const COMPLETE = 'event: complete\ndata:';
const FIELDS = 'id type recipient messageId';
const SUBSCRIBE = `subscription ($filter: StatusEventsFilter, $after: ID) { statusEvents(filter: $filter, after: $after) { ${FIELDS} } }`;
const HIDE_TEXT = 'websockets-manager-api:option:hide-text';

let database: TestDatabase;
let store: Awaited<ReturnType<typeof openStore>>;
let node: Awaited<ReturnType<typeof start>>;
let tenant: { id: string; name: string; key: string; keyId: string };
const clients: RawClient[] = [];

async function start() {
  const config = loadConfig('serve', {
    DATABASE_URL: database.url,
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    API_PORT: '0',
    DELIVERY_PORT: '0',
    SHUTDOWN_DELAY: '0s',
    SHUTDOWN_SPREAD: '0s',
  });
  const started = await startNode('serve', config as Config & { store: { databaseUrl: string } }, { logger: silentLogger });
  await started.ready;
  return started;
}

beforeAll(async () => {
  database = await createDatabase();
  node = await start();
  store = await openStore(database.url);
}, 60_000);
afterAll(async () => {
  for (const client of clients) client.leave();
  await node.stop();
  await store.close();
  await database.drop();
});

async function makeKey(tenantId: string, scope: string) {
  const { key, hash, prefix } = newApiKey();
  const { id } = await store.createKey({ tenantId, hash, prefix, name: null, scope, role: null, expiresAt: null });
  return { id, key };
}

beforeEach(async () => {
  const name = `tenant ${randomBytes(6).toString('hex')}`;
  const { id } = await store.createTenant(name);
  const { id: keyId, key } = await makeKey(id, FULL_SCOPE);
  tenant = { id, name, key, keyId };
  await switchFeed(true);
});

/** What the calls of these tests answer. */
interface Told {
  data: {
    pushMessage: [{ item: { id: string } }];
    statusEvents: { items: Array<{ id: string }> };
  };
  errors: [{ extensions: { code: string } }];
}

async function ask(query: string, variables: object = {}, headers: Record<string, string> = {}) {
  const response = await fetch(node.urls.api ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': tenant.key, ...headers },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, body: (await response.json()) as Told };
}

const switchFeed = (enabled: boolean) =>
  ask('mutation ($on: Boolean!) { setStatusFeed(enabled: $on) { enabled } }', { on: enabled });

/** Pushes to one recipient and recalls it, which makes one event. @returns the message's id */
async function recallOne(recipient: string, message = 'a text'): Promise<string> {
  const push = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id } } }';
  const pushed = await ask(push, { input: { recipients: [recipient], message } });
  const { id } = pushed.body.data.pushMessage[0].item;
  await ask('mutation ($id: ID!) { cancelMessages(input: { ids: [$id] }) { cancelled } }', { id });
  return id;
}

/** Waits until the feed has so many events. @returns their ids */
async function untilTold(count: number): Promise<string[]> {
  let ids: string[] = [];
  await until(`${count} events`, async () => {
    ids = (await ask('{ statusEvents { items { id } } }')).body.data.statusEvents.items.map(({ id }) => id);
    return ids.length === count;
  });
  return ids;
}

function subscribe(variables: object = {}, { query = SUBSCRIBE, key = tenant.key, ...headers }: Record<string, string> = {}) {
  const client = new RawClient(node.urls.api ?? '', JSON.stringify({ query, variables }), { 'x-api-key': key, ...headers });
  clients.push(client);
  return client;
}

/** A subscription whose head the client has seen. */
async function subscribed(...args: Parameters<typeof subscribe>): Promise<RawClient> {
  const client = subscribe(...args);
  await client.sees(':\n\n');
  return client;
}

/** The only result of an answer that is complete. */
async function refusal(client: RawClient) {
  await client.sees(COMPLETE);
  const [next = '', complete] = client.blocks;
  expect([client.status, complete]).toEqual([200, COMPLETE]);
  return JSON.parse(next.replace('event: next\ndata: ', '')).errors[0].extensions;
}

const eventsIn = (client: RawClient) =>
  client.blocks.flatMap((block) => {
    const [, id, json = ''] = /^id: (.*)\nevent: next\ndata: (.*)$/.exec(block) ?? [];
    return id === undefined ? [] : [{ id, data: JSON.parse(json).data.statusEvents }];
  });

describe('a subscription to status events', () => {
  test('tells of whatever settles after its head came, with the event’s id as its own', async () => {
    await recallOne('before');
    await untilTold(1);
    const client = await subscribed();
    expect(client.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': expect.stringMatching(/^[\w-]+$/),
    });
    const messageId = await recallOne('ann');
    await client.sees('"ann"');
    const [{ id } = { id: '' }] = eventsIn(client);
    const told = { id, type: 'RECALLED', recipient: 'ann', messageId };
    expect(client.blocks).toEqual([':', `id: ${id}\nevent: next\ndata: ${JSON.stringify({ data: { statusEvents: told } })}`]);
    expect((await ask(`{ statusEvents { items { ${FIELDS} } } }`)).body.data.statusEvents.items[1]).toEqual(told);
  });

  test('looks on the wire as the document prints it', async () => {
    const client = await subscribed({}, { query: 'subscription { statusEvents { id type at } }' });
    await recallOne('ann');
    await client.sees('RECALLED');
    await switchFeed(false);
    await client.sees(COMPLETE);
    const printed = printedBlock('docs/api.md', '').replace('DELIVERED', 'RECALLED');
    const pattern = printed.replace(/[{}.]/g, '\\$&').replace(/[0-9a-f]{8}(-[0-9a-f]+)+/g, '[0-9a-f-]{36}');
    expect(`${client.blocks.join('\n\n')}\n`).toMatch(new RegExp(`^${pattern.replace(' …', '.*')}$`));
  });

  test('goes on behind Last-Event-ID, which counts before `after`; nothing is missing and nothing comes twice', async () => {
    for (let i = 0; i < 5; i++) await recallOne(`r${i}`);
    const ids = await untilTold(5);
    const after = subscribe({ after: ids[0] });
    await after.sees('"r4"');
    expect(eventsIn(after).map(({ id }) => id)).toEqual(ids.slice(1));
    const last = subscribe({ after: ids[0] }, { 'last-event-id': ids[2] ?? '' });
    await last.sees('"r4"');
    await recallOne('r5');
    await last.sees('"r5"');
    expect(eventsIn(last).map(({ data }) => data.recipient)).toEqual(['r3', 'r4', 'r5']);
  });

  test('tells what the filter selects, and the message as it is now', async () => {
    const query = `subscription ($filter: StatusEventsFilter) { statusEvents(filter: $filter) { message { message status textHidden } } }`;
    const client = await subscribed({ filter: { recipient: 'bob', types: ['RECALLED'] } }, { query });
    const { key } = await makeKey(tenant.id, `${FULL_SCOPE} ${HIDE_TEXT}`);
    const hidden = await subscribed({ filter: { recipient: 'bob' } }, { query, key });
    await recallOne('ann', 'for ann');
    await recallOne('bob', 'for bob');
    await client.sees('for bob');
    await hidden.sees('textHidden');
    expect(client.blocks).toHaveLength(2);
    expect(eventsIn(client)[0]?.data).toEqual({ message: { message: 'for bob', status: 'CANCELLED', textHidden: false } });
    expect(eventsIn(hidden)[0]?.data).toEqual({ message: { message: '[7 bytes]', status: 'CANCELLED', textHidden: true } });
    expect(hidden.body).not.toContain('for bob');
  });

  test('is what the client of the protocol’s authors expects', async () => {
    const client = createClient({ url: node.urls.api ?? '', headers: { 'x-api-key': tenant.key } });
    const results = client.iterate<{ statusEvents: { recipient: string } }>({
      query: 'subscription { statusEvents { recipient } }',
    });
    const first = results.next();
    // It tells nothing of the head, so there are events until it has one.
    let isOver = false;
    void first.then(() => {
      isOver = true;
    });
    await until('a result', async () => {
      await recallOne('ann');
      return isOver;
    });
    expect(await first).toMatchObject({ done: false, value: { data: { statusEvents: { recipient: 'ann' } } } });
    await switchFeed(false);
    for await (const result of results) expect(result.errors).toBeUndefined();
    client.dispose();
  });

  test('leaves nothing behind when its client leaves at once', async () => {
    for (let i = 0; i < 100; i++) {
      const client = subscribe();
      setImmediate(() => client.leave());
    }
    await until('there is room for 100', async () => {
      const client = subscribe();
      await until('an answer', () => client.blocks.length > 0);
      const isOpen = !client.body.includes('QUOTA_EXCEEDED');
      client.leave();
      return isOpen;
    });
    for (let i = 0; i < 100; i++) await subscribed();
    const quota = { code: 'QUOTA_EXCEEDED', limit: 100 };
    await until('the 101st is refused', async () => (await refusal(subscribe())).code === quota.code);
    expect(await refusal(subscribe())).toEqual(quota);
  });
});

describe('a subscription is refused', () => {
  test('without a good key', async () => {
    for (const key of ['', 'tk_unknown']) {
      const client = subscribe({}, { key });
      await until('a head', () => client.status > 0);
      expect(client.status).toBe(401);
    }
  });

  test('over JSON, by either method', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json', '*/*']) {
      const { status, body } = await ask(SUBSCRIBE, {}, { accept });
      expect([status, body.errors[0].extensions.code, 'data' in body]).toEqual([400, 'BAD_REQUEST', false]);
    }
    const get = await fetch(`${node.urls.api}?query=${encodeURIComponent(SUBSCRIBE)}`, { headers: { 'x-api-key': tenant.key } });
    expect(get.status).toBe(405);
  });

  test('by the scope', async () => {
    const { key } = await makeKey(tenant.id, 'websockets-manager-api:query:* websockets-manager-api:mutation:*');
    expect(await refusal(subscribe({}, { key }))).toEqual({ code: 'FORBIDDEN' });
  });

  test.each([
    ['unknown field', 'subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['two root fields', 'subscription { a: statusEvents { id } b: statusEvents { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['condition', 'subscription { statusEvents @skip(if: true) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'condition in a fragment',
      'subscription { ...F } fragment F on Subscription { ... @include(if: false) { statusEvents { id } } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['introspection', 'subscription { __typename }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no text', 'subscription {', 'GRAPHQL_PARSE_FAILED'],
    ['reasons', 'subscription { statusEvents { message { pendingReason { code } } } }', 'BAD_USER_INPUT'],
    ['empty name', 'subscription { statusEvents(filter: { recipient: "" }) { id } }', 'BAD_USER_INPUT'],
    ['nonsense as position', 'subscription { statusEvents(after: "nonsense") { id } }', 'BAD_USER_INPUT'],
  ])('for its document: %s', async (_name, query, code) => {
    expect(await refusal(subscribe({}, { query }))).toMatchObject({ code });
  });

  test('for a position of another tenant, or that is not here', async () => {
    await recallOne('ann');
    const client = subscribe({}, { 'last-event-id': eventId(randomBytes(16).toString('hex'), { epoch: 1, number: 1 }) });
    expect(await refusal(client)).toEqual({ code: 'BAD_USER_INPUT', field: 'after' });
    const newest = await store.newestStatusPosition(tenant.id);
    const { epoch = 0 } = parseEventId(tenant.id, newest) ?? {};
    const beyond = subscribe({ after: eventId(tenant.id, { epoch, number: 1_000 }) });
    expect(await refusal(beyond)).toEqual({ code: 'POSITION_EXPIRED', oldest: expect.any(String) });
  });

  test('while the feed is off, and completed when it is switched off', async () => {
    const client = await subscribed();
    await recallOne('ann');
    await client.sees('"ann"');
    await switchFeed(false);
    await client.sees(COMPLETE);
    expect(client.blocks.slice(2)).toEqual([COMPLETE]);
    expect(await refusal(subscribe())).toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('a subscription ends', () => {
  test('within 5 s of its key’s revocation, or its tenant’s end, and the client is told why', async () => {
    const { id, key } = await makeKey(tenant.id, FULL_SCOPE);
    const [ofKey, ofTenant] = [await subscribed({}, { key }), await subscribed()];
    const end =
      'event: next\ndata: {"errors":[{"message":"a valid API key is needed in the header x-api-key","extensions":{"code":"UNAUTHENTICATED"}}]}';
    await store.revokeKey(id);
    await until('the key’s end', () => ofKey.body.includes(COMPLETE), 5_000);
    expect(ofKey.blocks).toEqual([':', end, COMPLETE]);
    await store.disableTenant(tenant.name);
    await until('the tenant’s end', () => ofTenant.body.includes(COMPLETE), 5_000);
    expect(ofTenant.blocks).toEqual([':', end, COMPLETE]);
  });

  test('without a word when its node stops', async () => {
    const other = await start();
    const client = new RawClient(other.urls.api ?? '', JSON.stringify({ query: SUBSCRIBE }), { 'x-api-key': tenant.key });
    await client.sees(':\n\n');
    await other.stop();
    await client.closed();
    expect(client.blocks).toEqual([':']);
  });
});
