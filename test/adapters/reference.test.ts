import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

/** Nests as deeply as a frame can: a recursive walk must not run out of stack. */
const DEEP = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;

// Requests and answers are those that the documents of the other services print.

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

const base = () => tidings.deliveryUrls[0] as string;
async function open(path: string, options: Parameters<typeof LiveClient.open>[1] = {}): Promise<LiveClient> {
  const client = await LiveClient.open(`${base()}${path}`, options);
  clients.push(client);
  return client;
}
const tokenFor = async (input: object) => (await tidings.register(input)).token;

/**
 * Resolves once the client's subscriptions are there: frames are carried out in order, and this one is
 * answered.
 */
async function carriedOut(client: LiveClient, wrong: unknown = {}): Promise<void> {
  client.send(wrong);
  await client.next();
}

const rule = (entity: string, types: string[]) =>
  tidings.ask('mutation($input: SetEventRuleInput!) { setEventRule(input: $input) { entity types } }', {
    input: { entity, types },
  });

describe('entity events, as documented', () => {
  const connect = async (grants: string[]) =>
    open('/api/websocket/events', {
      headers: { authorization: `Bearer ${await tokenFor({ subscribe: grants })}`, origin: 'https://processmaker-idp.example' },
    });

  it('subscribes to an entity and is notified of its changes', async () => {
    await rule('FILE', ['CREATE', 'UPDATE']);
    const client = await connect(['file']);
    client.send({ action: 'subscribe', entity: 'file', id: 'fc795c7a-451f-474b-9a56-ac5ca6d140dd' });
    client.send({ action: 'subscribe', entity: 'file', id: '37c3b618-9ad8-49ef-b0af-c329dd0b3ebb' });
    await carriedOut(client);
    const attributes = ['fullText', 'language', 'annotatable'];
    await tidings.publish({
      topic: 'file:37c3b618-9ad8-49ef-b0af-c329dd0b3ebb',
      type: 'update',
      name: 'example.pdf',
      changed: attributes,
    });
    expect(await client.next()).toEqual({
      entity: 'FILE',
      id: '37c3b618-9ad8-49ef-b0af-c329dd0b3ebb',
      name: 'example.pdf',
      action: 'UPDATE',
      attributes: ['fullText', 'language', 'annotatable'],
    });
    client.send({ action: 'unsubscribe', entity: 'FILE', id: '37c3b618-9ad8-49ef-b0af-c329dd0b3ebb' });
    await carriedOut(client);
    await tidings.publish({ topic: 'file:37c3b618-9ad8-49ef-b0af-c329dd0b3ebb', name: 'not seen', changed: attributes });
    await tidings.publish({ topic: 'file:fc795c7a-451f-474b-9a56-ac5ca6d140dd', name: 'seen', changed: ['x'] });
    expect(await client.next()).toMatchObject({ name: 'seen' });
  });

  it('is told of new and updated files in a folder', async () => {
    await rule('file', ['create', 'update']);
    const client = await connect(['folder', 'file']);
    client.send({ action: 'subscribe', entity: 'Folder', id: '8fe828a8-b35e-434c-abcd-a95756c8a1f5' });
    await carriedOut(client);
    const parent = 'folder:8fe828a8-b35e-434c-abcd-a95756c8a1f5';
    await tidings.publish({ topic: 'file:5a021d0f-b864-413a-91b1-7e027de959b1', type: 'create', name: 'new_file.pdf', parent });
    expect(await client.next()).toEqual({
      entity: 'FOLDER',
      id: '8fe828a8-b35e-434c-abcd-a95756c8a1f5',
      action: 'CREATE_FILE',
      child: { name: 'new_file.pdf', entity: 'FILE', id: '5a021d0f-b864-413a-91b1-7e027de959b1' },
    });
    const changed = ['fullText', 'language', 'annotatable'];
    await tidings.publish({
      topic: 'file:37c3b618-9ad8-49ef-b0af-c329dd0b3ebb',
      type: 'update',
      name: 'example.pdf',
      parent,
      changed,
    });
    expect(await client.next()).toEqual({
      entity: 'FOLDER',
      id: '8fe828a8-b35e-434c-abcd-a95756c8a1f5',
      action: 'UPDATE_FILE',
      child: { name: 'example.pdf', entity: 'FILE', id: '37c3b618-9ad8-49ef-b0af-c329dd0b3ebb' },
      attributes: ['fullText', 'language', 'annotatable'],
    });
  });

  it('counts a topic and its parent separately, and lets the rule of the child decide', async () => {
    await rule('file', ['update']);
    const client = await connect(['*']);
    client.send({ action: 'subscribe', entity: 'FOLDER', id: '1' });
    client.send({ action: 'subscribe', entity: 'FILE', id: '2' });
    await carriedOut(client);
    await tidings.publish(
      { topic: 'file:2', type: 'create', parent: 'folder:1', name: 'no rule for its type' },
      { topic: 'folder:1', type: 'update', name: 'no rule for its entity' },
      { topic: 'file:2', type: 'UPDATE', parent: 'folder:1', name: 'a', changed: ['x'] },
      { topic: 'File:2:page:1', type: 'update', name: 'not exactly the topic' },
      { topic: 'FILE:2', type: 'update', name: 'b', changed: [] },
    );
    expect(await client.next()).toMatchObject({ entity: 'FILE', id: '2', name: 'a' });
    expect(await client.next()).toMatchObject({ entity: 'FOLDER', id: '1', child: { id: '2' } });
    expect(await client.next()).toEqual({ entity: 'FILE', id: '2', name: 'b', action: 'UPDATE', attributes: [] });
    await rule('FILE', []);
    await tidings.publish({ topic: 'file:2', name: 'switched off' });
    await rule('FILE', ['update']);
    await tidings.publish({ topic: 'file:2', name: 'on again' });
    expect(await client.next()).toMatchObject({ name: 'on again' });
  });

  it('answers errors in its manner, and goes on', async () => {
    const client = await connect(['file:1']);
    const refused = (code: string) => ({ error: { code, message: expect.any(String) } });
    for (const bad of [
      DEEP,
      {},
      { action: 'nonsense', entity: 'file', id: '1' },
      { action: 'subscribe', entity: 'file' },
      { action: 'subscribe', entity: 'file:1', id: 'x' },
      { action: 'subscribe', entity: '*', id: '1' },
    ]) {
      client.send(bad);
      expect(await client.next()).toEqual(refused('BAD_USER_INPUT'));
    }
    client.send({ action: 'subscribe', entity: 'file', id: '2' });
    expect(await client.next()).toEqual(refused('FORBIDDEN'));
    client.send({ action: 'subscribe', entity: 'FILE', id: '1' });
    await carriedOut(client);
    await rule('file', ['update']);
    await tidings.publish({ topic: 'file:1', name: 'seen' });
    expect(await client.next()).toMatchObject({ name: 'seen' });
  });
});

describe('table topics, as documented', () => {
  const connect = async (input: object) => open(`/live?token=${await tokenFor(input)}`);
  const row = {
    __type: 'user_account',
    confirmed: false,
    created_at: '2021-03-13T13:47:07.954634Z',
    email: 'asdf@asfd.cm',
    name: 'asdf',
    password: '$2a$11$HbH5o1s6ThsMJ9ft/.uljO9.T.od/tR0RFtep50Ef5mzymI6kNlW.',
    permission: 2097057,
    reference_id: '004cc6b6-8b9b-4d51-936a-128133b21d04',
    updated_at: null,
    user_account_id: 'ee655e01-98a5-4761-bc93-b7a15e2b5847',
    version: 1,
  };

  it('lists, creates and destroys topics', async () => {
    const create = 'mutation($input: CreateTopicInput!) { createTopic(input: $input) { name system createdAt } }';
    for (const name of ['timeline', 'user_account']) await tidings.ask(create, { input: { name, system: true } });
    await tidings.ask(create, { input: { name: 'hidden' } });
    const client = await connect({ subscribe: ['timeline', 'user_account'], publish: ['new_topic', 'timeline'] });
    client.send({ method: 'create-topic', attributes: { name: 'new_topic' } });
    client.send({ method: 'list-topic' });
    expect(await client.next()).toEqual({
      MessageSource: 'system',
      EventType: 'response',
      ObjectType: 'topic-list',
      EventData: { topics: ['new_topic', 'timeline', 'user_account'] },
    });
    client.send({ method: 'destroy-topic', attributes: { name: 'new_topic' } });
    client.send({ method: 'destroy-topic', type: '', payload: { name: 'timeline' } });
    expect(await client.next()).toEqual({
      MessageSource: 'system',
      EventType: 'error',
      ObjectType: 'destroy-topic',
      EventData: { code: 'FORBIDDEN', error: expect.any(String) },
    });
    client.send({ method: 'list-topic' });
    expect((await client.next()).EventData).toEqual({ topics: ['timeline', 'user_account'] });
  });

  it('subscribes to a table', async () => {
    const client = await connect({ subscribe: ['user_account'] });
    client.send({ method: 'subscribe', attributes: { topic: 'user_account' } });
    client.send({ method: 'list-topic' });
    await client.next();
    await tidings.publish({ topic: `user_account:${row.reference_id}`, type: 'create', data: row });
    expect(await client.next()).toEqual({
      MessageSource: 'database',
      EventType: 'create',
      ObjectType: 'user_account',
      EventData: row,
    });
    const updated = { ...row, updated_at: '2021-03-13T13:48:21.258962Z', version: 2 };
    await tidings.publish({ topic: `user_account:${row.reference_id}`, type: 'update', data: updated });
    expect(await client.next()).toEqual({
      MessageSource: 'database',
      EventType: 'update',
      ObjectType: 'user_account',
      EventData: updated,
    });
  });

  it('subscribes with filters, and with new ones after it unsubscribed', async () => {
    const client = await connect({ subscribe: ['user_account', 'mail'] });
    const subscribe = (filters: object, topic = 'user_account') =>
      client.send({ method: 'subscribe', attributes: { topic, filters } });
    subscribe({ EventType: 'update', name: 'asdf' });
    subscribe({ EventType: 'create' });
    client.send({ method: 'list-topic' });
    await client.next();
    await tidings.publish(
      { topic: 'user_account:1', type: 'create', data: row },
      { topic: 'user_account:1', type: 'update', data: { ...row, name: 'other' } },
      { topic: 'user_account:1', type: 'update', data: row },
    );
    expect(await client.next()).toMatchObject({ EventType: 'update', EventData: row });
    client.send({ method: 'unsubscribe', attributes: { topic: 'user_account' } });
    subscribe({ EventType: 'create' }, 'user_account, mail');
    client.send({ method: 'list-topic' });
    await client.next();
    await tidings.publish(
      { topic: 'user_account:1', type: 'update', data: row },
      { topic: 'user_account:1', type: 'create', data: row },
      { topic: 'mail:1', type: 'create' },
    );
    expect(await client.next()).toMatchObject({ EventType: 'create', ObjectType: 'user_account' });
    expect(await client.next()).toMatchObject({ EventType: 'create', ObjectType: 'mail' });
  });

  it('sends a message on a topic to all its subscribers, the sender too', async () => {
    const ann = await connect({ recipient: 'ann', subscribe: ['test'], publish: ['test'] });
    const bob = await connect({ recipient: 'bob', subscribe: ['test'] });
    for (const client of [ann, bob]) {
      client.send({ method: 'subscribe', attributes: { topic: 'test' } });
      client.send({ method: 'list-topic' });
      await client.next();
    }
    ann.send({ method: 'new-message', attributes: { topic: 'test', message: { hello: 'world' } } });
    const message = { MessageSource: 'ann', EventType: 'new-message', ObjectType: 'test', EventData: { hello: 'world' } };
    expect(await ann.next()).toEqual(message);
    expect(await bob.next()).toEqual(message);
    bob.send({ method: 'new-message', attributes: { topic: 'test', message: { hello: 'world' } } });
    expect(await bob.next()).toMatchObject({ EventType: 'error', ObjectType: 'new-message', EventData: { code: 'FORBIDDEN' } });
  });

  it('answers errors in its manner, and goes on', async () => {
    const client = await connect({ subscribe: ['mail'] });
    const refused = (method: string, code: string) => ({
      MessageSource: 'system',
      EventType: 'error',
      ObjectType: method,
      EventData: { code, error: expect.any(String) },
    });
    for (const [bad, method] of [
      [DEEP, ''],
      [{}, ''],
      [{ method: 'nonsense' }, 'nonsense'],
      [{ method: 'toString' }, 'toString'],
      [{ method: 'subscribe', attributes: [] }, 'subscribe'],
      [{ method: 'subscribe', attributes: {} }, 'subscribe'],
      [{ method: 'subscribe', attributes: { topic: ',' } }, 'subscribe'],
      [{ method: 'subscribe', attributes: { topic: 'mail', filters: 1 } }, 'subscribe'],
      [{ method: 'new-message', attributes: { topic: 'mail', message: 'text' } }, 'new-message'],
    ] as const) {
      client.send(bad);
      expect(await client.next()).toEqual(refused(method, 'BAD_USER_INPUT'));
    }
    client.send({ method: 'subscribe', attributes: { topic: 'mail,secret' } });
    expect(await client.next()).toEqual(refused('subscribe', 'FORBIDDEN'));
    client.send({ method: 'subscribe', attributes: { topic: 'mail' } });
    client.send({ method: 'list-topic' });
    await client.next();
    await tidings.publish({ topic: 'mail:1' });
    expect(await client.next()).toMatchObject({ ObjectType: 'mail' });
  });
});

describe('topic paths, as documented', () => {
  const CUSTOMER = 'customer_id:5013bc52-da9a-11ee-844f-2fa34248de28';
  const topic = `${CUSTOMER}:activeflow:74ac5405-7c70-4184-9388-1c9f8f8ce25f`;

  it('subscribes to one resource, and unsubscribes', async () => {
    const client = await open(`/v1.0/ws?token=${await tokenFor({ subscribe: [CUSTOMER] })}`);
    client.send({ type: 'subscribe', topics: [topic] });
    await carriedOut(client);
    await tidings.publish(
      { topic, type: 'create', data: { a: 1 } },
      { topic, type: 'update', data: { a: 2 } },
      { topic, type: 'delete', data: { a: 3 } },
      { topic, type: 'paused', data: { a: 4 } },
    );
    expect(await client.next()).toEqual({ type: 'activeflow_created', data: { a: 1 } });
    expect(await client.next()).toEqual({ type: 'activeflow_updated', data: { a: 2 } });
    expect(await client.next()).toEqual({ type: 'activeflow_deleted', data: { a: 3 } });
    expect(await client.next()).toEqual({ type: 'activeflow_paused', data: { a: 4 } });
    client.send({ type: 'unsubscribe', topics: [topic] });
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:call`] });
    await carriedOut(client);
    await tidings.publish({ topic }, { topic: `${CUSTOMER}:call:1`, type: 'update', data: { c: 1 } });
    expect(await client.next()).toEqual({ type: 'call_updated', data: { c: 1 } });
  });

  it('gets an event once, whichever patterns it matches', async () => {
    const client = await open('/v1.0/ws', { headers: { authorization: `Bearer ${await tokenFor({ subscribe: [CUSTOMER] })}` } });
    client.send({
      type: 'subscribe',
      topics: [CUSTOMER, `${CUSTOMER}:activeflow`, topic, `${CUSTOMER}:*:74ac5405-7c70-4184-9388-1c9f8f8ce25f`],
    });
    await carriedOut(client);
    await tidings.publish({ topic, data: { n: 1 } }, { topic, data: { n: 2 } });
    expect((await client.next()).data).toEqual({ n: 1 });
    expect((await client.next()).data).toEqual({ n: 2 });
  });

  it('applies none of the topics of a command that is refused', async () => {
    const client = await open(`/v1.0/ws?token=${await tokenFor({ subscribe: [topic, `${CUSTOMER}:call`] })}`);
    client.send({ type: 'subscribe', topics: [topic, `${CUSTOMER}:other`] });
    expect(await client.next()).toMatchObject({ code: 'FORBIDDEN' });
    client.send({ type: 'subscribe', topics: [`${CUSTOMER}:call`] });
    client.send({ type: 'unsubscribe', topics: [`${CUSTOMER}:call`, 'other'] });
    expect(await client.next()).toMatchObject({ code: 'BAD_USER_INPUT' });
    await tidings.publish({ topic }, { topic: `${CUSTOMER}:call:1` });
    expect(await client.next()).toMatchObject({ type: 'call_updated' });
  });

  it('lets managers follow the customer and an agent only itself', async () => {
    const agent = 'agent_id:0d1b3c2a-da9a-11ee-844f-2fa34248de28';
    const manager = await open(`/v1.0/ws?token=${await tokenFor({ subscribe: [CUSTOMER] })}`);
    const owner = await open(`/v1.0/ws?token=${await tokenFor({ subscribe: [agent] })}`);
    manager.send({ type: 'subscribe', topics: [CUSTOMER] });
    owner.send({ type: 'subscribe', topics: [agent] });
    const refused = (topics: string[], code = 'FORBIDDEN') => ({ type: 'error', code, message: expect.any(String), topics });
    owner.send({ type: 'subscribe', topics: [`${agent}:call`, `${CUSTOMER}:call`] });
    expect(await owner.next()).toEqual(refused([`${agent}:call`, `${CUSTOMER}:call`]));
    manager.send({ type: 'subscribe', topics: [agent] });
    expect(await manager.next()).toEqual(refused([agent]));
    for (const topics of [['file:1'], ['customer_id:*'], ['customer_id:nonsense:call'], ['*']]) {
      owner.send({ type: 'subscribe', topics });
      expect(await owner.next()).toEqual(refused(topics, 'BAD_USER_INPUT'));
    }
    for (const bad of [DEEP, {}, { type: 'subscribe' }, { type: 'subscribe', topics: [] }, { type: 'subscribe', topics: [1] }]) {
      owner.send(bad);
      expect(await owner.next()).toEqual(refused([], 'BAD_USER_INPUT'));
    }
    await tidings.publish(
      { topic: `${CUSTOMER}:call:1`, data: { of: 'customer' } },
      { topic: `${agent}:call:1`, data: { of: 'agent' } },
    );
    expect(await manager.next()).toEqual({ type: 'call_updated', data: { of: 'customer' } });
    expect(await owner.next()).toEqual({ type: 'call_updated', data: { of: 'agent' } });
  });
});

describe('object subscriptions, as documented', () => {
  const voyage = {
    key: 17,
    self: 'https://example.org/voyage/17',
    name: 'North',
    port: { code: 'OSL', name: 'Oslo', key: 1 },
    cargo: 9,
  };

  it('follows the URL, in any case, and selects fields by the shape of a JSON object', async () => {
    const token = await tokenFor({ subscribe: ['voyage'] });
    const client = await open(`/ws/rest/WebSocketObjectSubscription/Voyage/Update/17/${token}`);
    const all = await open(`/ws/rest/WebSocketObjectSubscription/VOYAGE/*/*/${token}`);
    client.send({ name: '', port: { code: '' } });
    await carriedOut(client, MALFORMED);
    await carriedOut(all, MALFORMED);
    await tidings.publish(
      { topic: 'voyage:18', data: { ...voyage, key: 18 } },
      { topic: 'Voyage:17', type: 'create', data: voyage },
      { topic: 'Voyage:17', data: voyage },
    );
    expect(await client.next()).toEqual({ key: 17, self: voyage.self, name: 'North', port: { key: 1, code: 'OSL' } });
    expect((await all.next()).key).toBe(18);
    expect(await all.next()).toEqual(voyage);
    client.send({});
    await carriedOut(client, MALFORMED);
    await tidings.publish({ topic: 'voyage:17', data: { name: 'without a key' } });
    expect(await client.next()).toEqual({ key: '17', name: 'without a key' });
  });

  it.each([
    ['Creation', 'create'],
    ['UPDATE', 'Update'],
    ['Deletion', 'delete'],
    ['delete', 'delete'],
    ['APPROVED', 'Approved'],
  ])('takes %s for %s', async (eventType, type) => {
    const client = await open(
      `/ws/rest/WebSocketObjectSubscription/port/${eventType}/1/${await tokenFor({ subscribe: ['port:1'] })}`,
    );
    await carriedOut(client, MALFORMED);
    for (const one of ['create', 'Update', 'delete', 'Approved'])
      await tidings.publish({ topic: 'port:1', type: one, data: { was: one } });
    expect(await client.next()).toEqual({ key: '1', was: type });
  });

  it('follows an alert script', async () => {
    await tidings.ask('mutation($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { code } }', {
      input: { code: 'LATE VOYAGE', topic: 'voyage:*', condition: 'data.delay > 24' },
    });
    const client = await open(`/ws/rest/WebSocketAlertScript/LATE%20VOYAGE/${await tokenFor({ subscribe: ['voyage'] })}`);
    await carriedOut(client, MALFORMED);
    await tidings.publish({ topic: 'voyage:1', data: { delay: 3 } }, { topic: 'voyage:2', data: { delay: 30 } });
    expect(await client.next()).toEqual({ key: '2', delay: 30 });
  });

  it('answers errors in its manner', async () => {
    const token = await tokenFor({ subscribe: ['voyage:17'] });
    for (const [path, code] of [
      ['WebSocketObjectSubscription/voyage/*/18', 'FORBIDDEN'],
      ['WebSocketObjectSubscription/voyage/*/*', 'FORBIDDEN'],
      ['WebSocketObjectSubscription/a%3A%3Ab/*/1', 'BAD_USER_INPUT'],
      ['WebSocketAlertScript/none', 'BAD_USER_INPUT'],
    ]) {
      const client = await open(`/ws/rest/${path}/${token}`);
      expect(await client.next()).toEqual({ error: { code, message: expect.any(String) } });
      client.send(DEEP);
      expect(await client.next()).toEqual({ error: { code: 'BAD_USER_INPUT', message: expect.any(String) } });
    }
  });
});
