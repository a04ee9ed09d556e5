import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ApiNode, createApi } from '../../src/api/index.js';
import { InProcessBus } from '../../src/bus/in-process-bus.js';
import { FULL_SCOPE } from '../../src/core/domain/roles.js';
import { silentLogger } from '../../src/core/ports/logger.js';
import { type BusEvent, recipientChannel, tenantChannel } from '../../src/core/ports/message-bus.js';
import { noMetrics } from '../../src/core/ports/metrics.js';
import { noLimiter } from '../../src/core/ports/tenant-limiter.js';
import { createPageTokens } from '../../src/core/validation/page-token.js';
import { createStore, type Store } from '../../src/store/index.js';
import { createRecipientTokens } from '../../src/token/index.js';
import { createDatabase, type TestDatabase } from '../support/index.js';
import { type Answer, hashOf, SECRETS } from './support/api.js';
import { fakeLive } from './support/live.js';
import { nothingReached } from './support/memory-webhooks.js';

interface Item {
  id: string;
  recipient: string;
  message: string;
  status: string;
}

let database: TestDatabase;
let store: Store;
let node: ApiNode;
let url: string;
const bus = new InProcessBus(silentLogger);
const tokens = createRecipientTokens(SECRETS);

beforeAll(async () => {
  database = await createDatabase();
  store = createStore({
    databaseUrl: database.url,
    poolMax: 5,
    maxPendingPerRecipient: 10,
    messageRetentionMs: 30 * 86_400_000,
    auditRetentionMs: 90 * 86_400_000,
    activityRetentionMs: 7 * 86_400_000,
    statusFeedRetentionMs: 5 * 86_400_000,
    metrics: noMetrics,
    logger: silentLogger,
  });
  await store.ready;
  node = createApi({
    config: { host: '127.0.0.1', port: 0, tokenTtlMs: 86_400_000, activityRetentionMs: 7 * 86_400_000, trustProxy: [] },
    store,
    keys: store,
    bus,
    tokens,
    pageTokens: createPageTokens(SECRETS),
    clock: store.clock,
    logger: silentLogger,
    publicDeliveryUrl: 'ws://127.0.0.1:4001',
    version: '1.2.3',
    metrics: noMetrics,
    consoleFolder: null,
    admin: null,
    live: fakeLive(),
    limiter: noLimiter,
    ...nothingReached,
  });
  url = `http://127.0.0.1:${(await node.listen()).port}/graphql`;
});
afterAll(async () => {
  await node.stop();
  await store.close();
  await database.drop();
});

/** A tenant of its own, with a key. */
async function newTenant(scope = FULL_SCOPE) {
  const name = randomBytes(6).toString('hex');
  const { id: tenantId } = await store.createTenant(name);
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  const { id: keyId } = await store.createKey({
    tenantId,
    hash: hashOf(key),
    prefix: key.slice(0, 8),
    name: null,
    scope,
    expiresAt: null,
  });
  const call = async (query: string, variables: object = {}) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': key },
      body: JSON.stringify({ query, variables }),
    });
    return { status: response.status, ...((await response.json()) as Answer['body']) };
  };
  const push = async (input: object) => {
    const { data } = await call(
      'mutation ($input: MessageInput!) { pushMessage(input: $input) { index item { id recipient message status } error { code } } }',
      { input },
    );
    return (data as unknown as { pushMessage: Array<{ index: number; item: Item | null; error: { code: string } | null }> })
      .pushMessage;
  };
  const list = async (variables: { filter?: object; limit?: number; nextToken?: string | null }) => {
    const answer = await call(
      `query ($filter: MessagesFilter, $limit: Int, $nextToken: String) {
        messages(filter: $filter, limit: $limit, nextToken: $nextToken) { items { id recipient message status } nextToken }
      }`,
      variables,
    );
    const page = (answer.data as unknown as { messages: { items: Item[]; nextToken: string | null } | null }).messages;
    return { errors: answer.errors, items: page?.items ?? [], nextToken: page?.nextToken ?? null };
  };
  const walk = async (filter: object | undefined, limit: number) => {
    const items: Item[] = [];
    let nextToken: string | null = null;
    do {
      const page = await list({ ...(filter && { filter }), limit, nextToken });
      items.push(...page.items);
      nextToken = page.nextToken;
    } while (nextToken !== null);
    return items;
  };
  return { tenantId, keyId, key, call, push, list, walk };
}

describe('pushMessage on the database', () => {
  test('answers entries in order, with their own errors, and refuses beyond the quota of pending messages', async () => {
    const { push, call } = await newTenant();
    const entries = await push({ recipients: ['bob', '', 'ann', 'bob'], message: 'hi' });
    expect(entries).toMatchObject([
      { index: 0, item: { recipient: 'bob', status: 'PENDING' }, error: null },
      { index: 1, item: null, error: { code: 'BAD_USER_INPUT' } },
      { index: 2, item: { recipient: 'ann' }, error: null },
    ]);
    const id = entries[2]?.item?.id;
    const found = await call('query ($id: ID!) { message(id: $id) { id recipient } }', { id: id?.toUpperCase() });
    expect(found.data).toEqual({ message: { id, recipient: 'ann' } });

    for (let i = 0; i < 9; i++) await push({ recipients: ['bob'], message: `${i}` });
    expect(await push({ recipients: ['bob', 'ann'], message: 'too many' })).toMatchObject([
      { item: null, error: { code: 'QUOTA_EXCEEDED' } },
      { item: { recipient: 'ann' }, error: null },
    ]);
  });

  test('with an idempotency key pushes once, however many ask at the same moment', async () => {
    const { push, walk, call, tenantId } = await newTenant();
    const events: BusEvent[] = [];
    const subscription = await bus.subscribe(recipientChannel(tenantId, 'ann'), (event) => void events.push(event));
    const input = { recipients: ['ann', 'bob', ''], message: 'once', idempotencyKey: 'k' };
    const answers = await Promise.all([push(input), push(input), push(input)]);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
    expect(await walk(undefined, 10)).toHaveLength(2);

    await call('mutation { cancelMessages(input: { recipient: "ann" }) { cancelled } }');
    expect((await push(input))[0]?.item?.status).toBe('CANCELLED');
    const conflict = await call('mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }', {
      input: { ...input, message: '' },
    });
    expect(conflict.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_CONFLICT' } }]);
    const global = await call('mutation { pushGlobalMessage(input: { message: "once", idempotencyKey: "k" }) { id } }');
    expect(global.errors).toMatchObject([{ extensions: { code: 'IDEMPOTENCY_CONFLICT' } }]);
    expect(events.filter(({ type }) => type === 'message')).toHaveLength(1);
    subscription.close();
  });

  test('keeps text byte for byte', async () => {
    const { push, walk } = await newTenant();
    const text = `\u0001\t\r\n"\\ é 🙂 \uFFFD \u2028 z\u0301 ${'x'.repeat(100)}`;
    await push({ recipients: [text], message: text });
    expect(await walk({ recipient: text }, 10)).toMatchObject([{ recipient: text, message: text }]);
  });
});

describe('messages, page by page', () => {
  test('shows every message once, newest first, whatever is pushed meanwhile and whatever limit the pages have', async () => {
    const { push, list } = await newTenant();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) {
      const entries = await push({ recipients: Array.from({ length: 5 }, (_, j) => `r${j}`), message: `${i}` });
      ids.push(...entries.map(({ item }) => item?.id ?? ''));
    }
    const seen: string[] = [];
    let nextToken: string | null = null;
    let limit = 1;
    do {
      const page = await list({ limit, nextToken });
      seen.push(...page.items.map(({ id }) => id));
      nextToken = page.nextToken;
      limit++;
      if (limit === 3) await push({ recipients: ['late'], message: 'pushed meanwhile' });
    } while (nextToken !== null);
    expect(seen).toEqual([...ids].sort().reverse());
  });

  test('has tokens that are good for their filter and tenant only', async () => {
    const one = await newTenant();
    const two = await newTenant();
    await one.push({ recipients: ['a', 'b', 'c'], message: 'hi', topic: 'news' });
    const { nextToken } = await one.list({ filter: { topic: 'news' }, limit: 1 });
    expect(nextToken).not.toBeNull();
    expect((await one.list({ filter: { topic: 'news', recipient: null }, nextToken })).items).toHaveLength(2);
    const refused = [{ extensions: { code: 'BAD_USER_INPUT', field: 'nextToken' } }];
    expect((await one.list({ filter: { topic: 'other' }, nextToken })).errors).toMatchObject(refused);
    expect((await one.list({ nextToken })).errors).toMatchObject(refused);
    expect((await two.list({ filter: { topic: 'news' }, nextToken })).errors).toMatchObject(refused);
    expect((await one.list({ filter: { topic: 'news', globalMessageId: 'x' }, nextToken })).errors).toMatchObject(refused);
    expect((await one.list({ filter: { topic: 'news', globalMessageId: '' }, nextToken })).errors).toMatchObject(refused);
    expect(await one.list({ filter: { topic: 'news', globalMessageId: 'x' } })).toEqual({ items: [], nextToken: null });
    expect((await one.list({ filter: { topic: 'news' }, nextToken: `${nextToken?.slice(0, -1)}!` })).errors).toMatchObject(
      refused,
    );
  });

  test('filters by everything, joined by AND', async () => {
    const { push, walk, call } = await newTenant();
    const soon = new Date(store.clock.now() + 3_600_000).toISOString();
    await push({ recipients: ['ann', 'bob'], message: '1', topic: 'news' });
    await push({ recipients: ['ann'], message: '2', expiresAt: soon });
    await push({ recipients: ['ann'], message: '3' });
    await call('mutation { cancelMessages(input: { recipient: "ann", topic: "news" }) { cancelled } }');

    const texts = async (filter: object) => (await walk(filter, 2)).map(({ recipient, message }) => `${recipient}${message}`);
    const today = soon.slice(0, 10);
    expect(await texts({ recipient: 'ann' })).toEqual(['ann3', 'ann2', 'ann1']);
    expect(await texts({ topic: 'news' })).toHaveLength(2);
    expect(await texts({ recipient: 'ann', status: 'PENDING' })).toEqual(['ann3', 'ann2']);
    expect(await texts({ recipient: 'ann', status: 'CANCELLED' })).toEqual(['ann1']);
    expect(await texts({ status: 'DELIVERED' })).toEqual([]);
    expect(await texts({ expiresAt: { from: soon, to: soon } })).toEqual(['ann2']);
    expect(await texts({ expiresAt: { from: today, to: today } })).toEqual(['ann2']);
    expect(await texts({ createdAt: { to: '2020-01-01' } })).toEqual([]);
    expect(await texts({ createdAt: { from: '2020-01-01' }, recipient: 'bob' })).toEqual(['bob1']);
    expect(await texts({ globalMessageId: 'no id' })).toEqual([]);
    expect(await texts({ globalMessageId: '0189c3f0-0000-7000-8000-000000000001' })).toEqual([]);
    expect(await texts({ recipient: null, topic: null, createdAt: null, status: null })).toHaveLength(4);
  });
});

test('global messages are listed with each filter and page by page', async () => {
  const { call, tenantId } = await newTenant();
  const events: BusEvent[] = [];
  const subscription = await bus.subscribe(tenantChannel(tenantId), (event) => void events.push(event));
  const soon = new Date(store.clock.now() + 3_600_000).toISOString();
  const push = 'mutation ($input: GlobalMessageInput!) { pushGlobalMessage(input: $input) { id message expiresAt cancelledAt } }';
  for (const input of [{ message: '1' }, { message: '2', topic: 'news' }, { message: '3', expiresAt: soon }])
    await call(push, { input });
  const list = async (variables: object) => {
    const { data } = await call(
      `query ($filter: GlobalMessagesFilter, $limit: Int, $nextToken: String) {
        globalMessages(filter: $filter, limit: $limit, nextToken: $nextToken) { items { id message cancelledAt } nextToken }
      }`,
      variables,
    );
    return (
      data as unknown as {
        globalMessages: { items: Array<{ id: string; message: string; cancelledAt: unknown }>; nextToken: string };
      }
    ).globalMessages;
  };
  const texts = async (filter: object) => (await list({ filter })).items.map(({ message }) => message);
  expect(await texts({})).toEqual(['3', '2', '1']);
  expect(await texts({ topic: 'news' })).toEqual(['2']);
  expect(await texts({ expiresAt: { from: soon } })).toEqual(['3']);
  expect(await texts({ createdAt: { to: '2020-01-01' } })).toEqual([]);
  const first = await list({ limit: 2 });
  expect((await list({ limit: 2, nextToken: first.nextToken })).items.map(({ message }) => message)).toEqual(['1']);

  const [{ id } = { id: '' }] = first.items;
  const cancelled = await call('mutation ($id: ID!) { cancelMessages(input: { globalMessageId: $id }) { cancelled complete } }', {
    id,
  });
  expect(cancelled.data).toEqual({ cancelMessages: { cancelled: 0, complete: true } });
  expect((await list({})).items[0]?.cancelledAt).toEqual(expect.any(String));
  await new Promise((resolve) => setImmediate(resolve));
  expect(events.map(({ type }) => type)).toEqual(['global', 'global', 'global', 'global-cancelled']);
  subscription.close();
});

test('a revocation ends tokens that were made before it, and none that are made after', async () => {
  const { call, tenantId } = await newTenant();
  const register = async () => {
    const { data } = await call('mutation { registerRecipient(input: { recipient: "ann" }) { token expiresAt } }');
    const { token } = (data as unknown as { registerRecipient: { token: string } }).registerRecipient;
    return tokens.verify(token, store.clock.now());
  };
  const asked = store.clock.now();
  const before = await register();
  expect(before).toMatchObject({ tenantId, recipient: 'ann' });
  // The node's estimate of the database's clock is right within a second.
  expect(before.issuedAt).toBeGreaterThan(asked - 2000);
  expect(before.issuedAt).toBeLessThan(store.clock.now() + 2000);
  const { data } = await call('mutation { revokeRecipient(input: { recipient: "ann" }) { revokedAt } }');
  expect(data).toEqual({ revokeRecipient: { revokedAt: expect.any(String) } });
  const after = await register();
  const { revocation } = await store.standing(tenantId, 'ann');
  expect(before.revocation).toBeLessThan(revocation);
  expect(after.revocation).toBeGreaterThanOrEqual(revocation);
});

test('an erasure deletes the messages of one recipient', async () => {
  const { push, walk, call } = await newTenant();
  await push({ recipients: ['ann', 'bob'], message: '1' });
  await push({ recipients: ['ann'], message: '2' });
  const { data } = await call('mutation { eraseRecipient(input: { recipient: "ann" }) { erased } }');
  expect(data).toEqual({ eraseRecipient: { erased: 2 } });
  expect((await walk(undefined, 10)).map(({ recipient }) => recipient)).toEqual(['bob']);
});

test('a disabled tenant is refused', async () => {
  const { call } = await newTenant();
  const other = await newTenant();
  const tenants = await store.listTenants();
  await store.disableTenant(tenants.find(({ id }) => id === other.tenantId)?.name ?? '');
  expect((await other.call('{ version }')).status).toBe(401);
  expect((await call('{ version }')).status).toBe(200);
});

test('hundreds of fields of one request leave the database to other tenants', async () => {
  const one = await newTenant();
  const other = await newTenant();
  await one.push({ recipients: ['ann'], message: 'hi' });
  const fields = Array.from({ length: 330 }, (_, i) => `m${i}: messages(limit: 1) { items { id } }`).join(' ');
  const order: string[] = [];
  const asked = Array.from({ length: 4 }, () => one.call(`{ ${fields} }`).then(() => void order.push('one')));
  for (let i = 0; i < 5; i++) {
    const [entry] = await other.push({ recipients: ['bob'], message: `${i}` });
    expect(entry?.item?.recipient).toBe('bob');
  }
  order.push('other');
  await Promise.all(asked);
  expect(order[0]).toBe('other');
});
