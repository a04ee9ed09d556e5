import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type Frame, type Installation, LiveClient, startInstallation } from './support.js';

// Speaks as clients of three ages of the service do.

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

async function open(input: object, query = ''): Promise<LiveClient> {
  const { token } = await tidings.register(input);
  const client = await LiveClient.open(`${tidings.deliveryUrls[0]}/live?token=${token}${query}`);
  clients.push(client);
  return client;
}

const ROW = { __type: 'user_account', email: 'asdf@asfd.cm', name: 'Jörg' };

describe('the words topic and topicName', () => {
  it.each([
    ['topic', 'topic-list'],
    ['topicName', 'topicName-list'],
  ])('%s names requests and attributes, and is what answers use', async (word, listed) => {
    const client = await open({ recipient: 'ann', subscribe: ['user_account', 'chat'], publish: ['chat'] });
    const list = async () => {
      client.send({ method: `list-${word}` });
      const { EventData, ...rest } = await client.next();
      expect(rest).toEqual({ MessageSource: 'system', EventType: 'response', ObjectType: listed });
      return (EventData as { topics: string[] }).topics;
    };
    client.send({ method: `create-${word}`, attributes: { name: 'chat' } });
    client.send({ method: 'subscribe', attributes: { [word]: 'chat,user_account', filters: { EventType: 'new-message' } } });
    expect(await list()).toEqual(['chat']);
    client.send({ method: 'new-message', attributes: { [word]: 'chat', message: { hello: 'world' } } });
    const message = { MessageSource: 'ann', EventType: 'new-message', ObjectType: 'chat', EventData: { hello: 'world' } };
    expect(await client.next()).toEqual(message);
    client.send({ method: 'unsubscribe', attributes: { [word]: 'chat' } });
    client.send({ method: 'new-message', attributes: { [word]: 'chat', message: {} } });
    client.send({ method: `destroy-${word}`, attributes: { name: 'chat' } });
    expect(await list()).toEqual([]);
    client.send({ method: `destroy-${word}`, attributes: { name: 'elsewhere' } });
    expect(await client.next()).toMatchObject({
      EventType: 'error',
      ObjectType: `destroy-${word}`,
      EventData: { code: 'FORBIDDEN' },
    });
    client.send({ method: 'subscribe', attributes: { [word]: 1 } });
    expect(await client.next()).toMatchObject({ ObjectType: 'subscribe', EventData: { error: `${word} must be a text` } });
  });
});

describe('a client with sessions', () => {
  const SESSION = { user: 'ann', groups: [], sessionId: expect.any(Number) };
  /** Sends a request, and returns the answer to it. */
  async function request(client: LiveClient, id: string, method: string, attributes: object): Promise<Frame> {
    client.send({ id, method, attributes });
    const answer = await client.next();
    expect(answer).toMatchObject({ type: 'response', id, method });
    return answer;
  }

  it('is known by the id of its first request, and gets its session before the answer', async () => {
    const client = await open({ recipient: 'ann', subscribe: ['user_account'] });
    client.send('{"id":"req-1","method":"subscribe","attributes":{"topicName":"user_account"}}');
    expect(await client.next()).toEqual({ type: 'session', status: 'open', data: SESSION });
    expect(await client.next()).toEqual({
      type: 'response',
      id: 'req-1',
      method: 'subscribe',
      ok: true,
      data: { topic: 'user_account' },
    });
    await tidings.publish({ topic: 'user_account:1', type: 'create', data: ROW });
    expect(await client.next()).toEqual({
      type: 'event',
      topic: 'user_account',
      event: 'create',
      source: 'database',
      data: ROW,
    });
    client.send('{"method":"ping"}');
    expect(await client.next()).toEqual({ type: 'pong' });
  });

  it('gets its session first if it asks for it', async () => {
    const client = await open({ recipient: 'ann' }, '&wire=session');
    expect(await client.next()).toEqual({ type: 'session', status: 'open', data: SESSION });
    client.send({ method: 'nonexistent-method', attributes: {} });
    expect(await client.next()).toEqual({
      type: 'response',
      method: 'nonexistent-method',
      ok: false,
      error: 'no such method',
      code: 'BAD_USER_INPUT',
    });
    expect((await request(client, '1', 'subscribe', { topicName: 'a' })).ok).toBe(false);
  });

  it('gets data as base64 if it asks for that', async () => {
    const decoded = (frame: Frame) => JSON.parse(Buffer.from(frame.data as string, 'base64').toString());
    const client = await open({ recipient: 'ann', subscribe: ['user_account'] }, '&wire=session-base64');
    const plain = await open({ recipient: 'ann', subscribe: ['user_account'] }, '&wire=session');
    expect(decoded(await client.next())).toEqual(SESSION);
    await plain.next();
    for (const one of [client, plain]) await request(one, '2', 'unsubscribe', { topicName: 'user_account' });
    expect(decoded(await request(client, '1', 'subscribe', { topicName: 'user_account' }))).toEqual({ topic: 'user_account' });
    await request(plain, '1', 'subscribe', { topicName: 'user_account' });
    await tidings.publish({ topic: 'user_account:1', data: ROW });
    const event = await client.next();
    expect(event).toEqual({
      type: 'event',
      topic: 'user_account',
      event: 'update',
      source: 'database',
      data: expect.any(String),
    });
    expect(decoded(event)).toEqual(ROW);
    expect((await plain.next()).data).toEqual(ROW);
  });

  it('gets an answer for each topic, and to each request but a message', async () => {
    const client = await open({ recipient: 'ann', subscribe: ['a', 'b', 'chat'], publish: ['chat'] }, '&wire=session');
    await client.next();
    client.send({ id: 'many', method: 'subscribe', attributes: { topicName: 'a,secret,b' } });
    expect(await client.next()).toMatchObject({ id: 'many', ok: true, data: { topic: 'a' } });
    expect(await client.next()).toMatchObject({
      id: 'many',
      ok: false,
      error: expect.stringContaining('secret'),
      code: 'FORBIDDEN',
    });
    expect(await client.next()).toMatchObject({ id: 'many', ok: true, data: { topic: 'b' } });
    expect((await request(client, '1', 'create-topicName', { name: 'chat' })).data).toEqual({ topicName: 'chat', created: true });
    expect((await request(client, '2', 'subscribe', { topicName: 'chat' })).ok).toBe(true);
    expect((await request(client, '3', 'subscribe', { topicName: 'chat' })).ok).toBe(true);
    expect((await request(client, '4', 'list-topicName', {})).data).toEqual({ topics: ['chat'] });
    client.send({ id: '5', method: 'new-message', attributes: { topicName: 'chat', message: { text: 'hello' } } });
    expect(await client.next()).toEqual({
      type: 'event',
      topic: 'chat',
      event: 'new-message',
      source: 'ann',
      data: { text: 'hello' },
    });
    expect(await request(client, '6', 'new-message', { topicName: 'a', message: {} })).toMatchObject({
      ok: false,
      code: 'FORBIDDEN',
    });
    expect((await request(client, '7', 'unsubscribe', { topicName: 'chat' })).data).toEqual({ topic: 'chat' });
    expect((await request(client, '8', 'destroy-topicName', { name: 'chat' })).data).toEqual({
      topicName: 'chat',
      destroyed: true,
    });
    for (const method of ['get-topic-permission', 'set-topic-permission']) {
      const refused = await request(client, '9', method, { topicName: 'chat', permission: 2097151 });
      expect(refused).toMatchObject({ ok: false, error: expect.stringContaining('token') });
    }
  });

  it('gets its session also where the first request is malformed', async () => {
    const client = await open({ recipient: 'ann' });
    client.send({ id: 'x', method: 'new-message', attributes: {} });
    expect(await client.next()).toMatchObject({ type: 'session' });
    expect(await client.next()).toMatchObject({ type: 'response', id: 'x', ok: false, error: 'topic must be a text' });
  });

  it('is refused an integer that would be changed, in a message and in a filter', async () => {
    const client = await open({ subscribe: ['*'], publish: ['*'] }, '&wire=session');
    await client.next();
    for (const frame of [
      '{"id":"p","method":"new-message","attributes":{"topicName":"a","message":{"id":9007199254740993}}}',
      '{"id":"p","method":"subscribe","attributes":{"topicName":"a","filters":{"id":9007199254740993}}}',
    ]) {
      client.send(frame);
      expect(await client.next()).toMatchObject({ id: 'p', ok: false, code: 'BAD_USER_INPUT' });
    }
    client.send('{"id":9007199254740993,"method":"list-topicName"}');
    expect(await client.next()).toEqual({ type: 'response', method: 'list-topicName', ok: true, data: { topics: [] } });
  });

  it('is refused too many topics at once, and its filters hold', async () => {
    const client = await open({ subscribe: ['*'] }, '&wire=session');
    await client.next();
    const many = Array.from({ length: 101 }, (_, i) => `t${i}`).join(',');
    expect(await request(client, '1', 'subscribe', { topicName: many })).toMatchObject({ ok: false, code: 'BAD_USER_INPUT' });
    await request(client, '2', 'subscribe', { topicName: 'a', filters: { EventType: 'update', n: 2 } });
    await tidings.publish(
      { topic: 'a:1', type: 'create', data: { n: 2 } },
      { topic: 'a:1', data: { n: 1 } },
      { topic: 'a:1', data: { n: 2 } },
    );
    expect(await client.next()).toMatchObject({ event: 'update', data: { n: 2 } });
  });
});

it('an older client that sends pings is answered, and stays one', async () => {
  const client = await open({ subscribe: ['mail'] });
  client.send({ method: 'ping' });
  expect(await client.next()).toEqual({ type: 'pong' });
  client.send({ id: '', method: 'subscribe', attributes: { topic: 'mail' } });
  client.send({ method: 'list-topic' });
  expect(await client.next()).toMatchObject({ ObjectType: 'topic-list' });
  await tidings.publish({ topic: 'mail:1', data: { n: 1 } });
  expect(await client.next()).toEqual({
    MessageSource: 'database',
    EventType: 'update',
    ObjectType: 'mail',
    EventData: { n: 1 },
  });
});
