import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { faultOf, namesOf, wire } from '../support/asyncapi.js';
import { until } from '../support/index.js';
import { type Frame, type Installation, LiveClient, startInstallation } from './support.js';

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation({ env: { LIVE_RETENTION_BYTES: '128MiB', LIVE_MAX_BUFFERED_BYTES: '64KiB' } });
}, 60_000);
afterEach(() => {
  // Whatever the test was about: what the node has sent is what programs are told that it sends.
  const frames = clients.splice(0).flatMap((client) => {
    client.close();
    return client.frames;
  });
  expect(frames.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
});
afterAll(() => tidings.stop());

async function open(input: object = {}): Promise<LiveClient> {
  const { connectionUri } = await tidings.register({ subscribe: ['*'], publish: ['*'], ...input });
  const client = await LiveClient.open(connectionUri, { protocols: ['tidings.v1'] });
  clients.push(client);
  return client;
}

const push = (recipient: string, message: string) =>
  tidings.ask('mutation($input: MessageInput!) { pushMessage(input: $input) { item { id } } }', {
    input: { recipients: [recipient], message },
  });

describe('what protocol/asyncapi.yaml describes', () => {
  const examples = namesOf('receive').flatMap((name) => wire.components.messages[name]?.examples ?? []);

  it.each(examples)('is understood: %j', async ({ payload }) => {
    const client = await open();
    client.send(payload as Frame);
    // Neither an ack nor a ping has an id to answer.
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
    expect(client.frames.filter(({ code }) => code === 'BAD_USER_INPUT')).toEqual([]);
  });
});

describe('a renewed token', () => {
  it('is answered with its end, and its grants count from now on', async () => {
    const client = await open({ recipient: 'renews' });
    const { id } = await client.ask({ type: 'subscribe', topics: ['a', 'b'] });
    const { token, expiresAt } = await tidings.register({ recipient: 'renews', subscribe: ['b'], expiresIn: 60 });
    expect(await client.ask({ type: 'renew', token })).toMatchObject({ type: 'ok', expiresAt });
    expect(await client.next()).toMatchObject({ type: 'error', id, code: 'FORBIDDEN' });
    expect(await client.ask({ type: 'subscribe', topics: ['a'] })).toMatchObject({ code: 'FORBIDDEN' });
    await client.ask({ type: 'subscribe', topics: ['b'] });
    await tidings.publish({ topic: 'b', data: { n: 1 } });
    expect(await client.next()).toMatchObject({ type: 'event', topic: 'b', data: { n: 1 } });
  });
});

describe('live topics on a connection that gets messages', () => {
  it('come between the messages, need no ack and fill no window', async () => {
    const client = await open({ recipient: 'both' });
    await client.ask({ type: 'subscribe', topics: ['a'] });
    await tidings.publish(...Array.from({ length: 600 }, (_, n) => ({ topic: 'a', data: { n } })));
    await push('both', 'a message');
    const frames: Frame[] = [];
    while (!frames.some(({ type }) => type === 'message')) frames.push(await client.next());
    while (frames.filter(({ type }) => type === 'event').length < 600) frames.push(await client.next());
    expect(frames.filter(({ type }) => type === 'event').map(({ data }) => data)).toEqual(
      Array.from({ length: 600 }, (_, n) => ({ n })),
    );
    const { messages } = await tidings.ask<{ messages: { items: Frame[] } }>(
      '{ messages(filter: { recipient: "both" }) { items { status } } }',
    );
    expect(messages.items).toEqual([{ status: 'PENDING' }]);
    expect(client.closeCode).toBeNull();
  });

  it('are refused with an integer that would be changed, in an event and in a filter', async () => {
    const client = await open({ recipient: 'exact' });
    for (const frame of [
      '{"type":"publish","id":"p","topic":"a","data":{"id":9007199254740993}}',
      '{"type":"subscribe","id":"p","topics":["a"],"where":{"id":9007199254740993}}',
    ]) {
      client.ws.send(frame);
      expect(await client.next()).toMatchObject({ type: 'error', id: 'p', code: 'BAD_USER_INPUT' });
    }
    for (const frame of [
      '{"type":"publish","id":9007199254740993,"topic":"a","data":[]}',
      '{"type":"list-topics","id":9007199254740993}',
    ]) {
      client.ws.send(frame);
      expect(await client.next()).toEqual({ type: 'error', code: 'BAD_USER_INPUT', message: expect.any(String) });
    }
    expect(client.closeCode).toBeNull();
  });

  it('are not for plain clients', async () => {
    const { connectionUri } = await tidings.register({ recipient: 'plain', subscribe: ['*'] });
    const texts: string[] = [];
    const client = await LiveClient.open(connectionUri);
    clients.push(client);
    client.ws.removeAllListeners('message');
    client.ws.on('message', (data) => texts.push(data.toString()));
    client.send({ type: 'subscribe', id: '1', topics: ['*'] });
    await tidings.publish({ topic: 'a' });
    await push('plain', 'the only one');
    while (texts.length === 0) await new Promise((resolve) => client.ws.once('message', resolve));
    expect(texts).toEqual(['the only one']);
  });

  it.each([
    [{ type: 'subscribe', id: '1' }, '1'],
    [{ type: 'subscribe', id: 7, topics: 'a' }, 7],
    [{ type: 'subscribe', topics: ['a'] }, undefined],
    [{ type: 'publish', id: 'p', topic: 'a', data: [] }, 'p'],
    [{ type: 'list-topics', id: '' }, ''],
    [{ type: 'never heard of', id: 'n' }, 'n'],
  ])('answer what is malformed: %j', async (frame, id) => {
    const client = await open();
    client.send(frame);
    expect(await client.next()).toEqual({
      type: 'error',
      ...(id === undefined ? {} : { id }),
      code: 'BAD_USER_INPUT',
      message: expect.any(String),
    });
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('answer what is malformed in its turn, among the commands that came before and after it', async () => {
    const client = await open();
    const commands = [
      { type: 'list-topics' },
      { type: 'subscribe', topics: ['a'] },
      { type: 'subscribe' },
      { type: 'create-topic', name: 'in-turn' },
      { type: 'publish', topic: 'b' },
      { type: 'list-topics' },
    ];
    for (const [id, command] of commands.entries()) client.send({ ...command, id });
    const answers: Frame[] = [];
    while (answers.length < commands.length) answers.push(await client.next());
    expect(answers.map(({ id, type }) => `${id} ${type}`)).toEqual(
      ['ok', 'ok', 'error', 'ok', 'error', 'ok'].map((type, id) => `${id} ${type}`),
    );
  });

  it('count what is malformed together with frames of other types', async () => {
    const client = await open();
    for (let i = 0; i < 11; i++) client.send({ type: i % 2 ? 'subscribe' : 'never heard of', id: i });
    expect(await client.closed()).toBe(1008);
    expect(client.frames.map(({ id }) => id).sort((a, b) => Number(a) - Number(b))).toEqual(
      Array.from({ length: 11 }, (_, i) => i),
    );
  });

  it('close with 1008 after more than ten malformed commands, each of which got an error', async () => {
    const client = await open();
    for (let i = 0; i < 11; i++) client.send({ type: 'subscribe', id: `${i}` });
    expect(await client.closed()).toBe(1008);
    expect(client.frames.map(({ id }) => id)).toEqual(Array.from({ length: 11 }, (_, i) => `${i}`));
  });

  it('let go of a client that does not read, with 4408, which comes back with after', async () => {
    const client = await open();
    const other = await open();
    const topic = 'flood';
    for (const one of [client, other]) await one.ask({ type: 'subscribe', topics: [topic] });
    const [first] = await tidings.publish({ topic });
    await client.next();
    client.ws.pause();
    const big = { text: 'x'.repeat(60_000) };
    let published = 0;
    // The kernel buffers bytes on top of those that the node buffers.
    while (published < 200)
      published += (await tidings.publish(...Array.from({ length: 20 }, () => ({ topic, data: big })))).length;
    for (let n = 0; n <= published; n++) await other.next();
    const metrics = (tidings.deliveryUrls[0] as string).replace('ws:', 'http:');
    await until(
      'the client to be let go',
      async () => /^tidings_connections_cut_total [1-9]/m.test(await (await fetch(`${metrics}/metrics`)).text()),
      20_000,
    );
    client.ws.resume();
    // The node drops a socket that leaves the close frame unanswered for long.
    expect([4408, 1006]).toContain(await client.closed());
    const back = await open();
    expect(await back.ask({ type: 'subscribe', topics: [topic], after: first?.id })).toMatchObject({ recovered: true });
    for (let n = 0; n < published; n++) expect(await back.next()).toMatchObject({ data: big });
  });

  it('go on over a reconnect without a gap or a repeat', async () => {
    const topic = 'reconnect';
    const published: Array<string | null> = [];
    const got: string[] = [];
    let last: string | undefined;
    for (let round = 0; round < 5; round++) {
      const client = await open();
      const answer = await client.ask({ type: 'subscribe', topics: [topic], ...(last === undefined ? {} : { after: last }) });
      expect(answer.recovered).toBe(round === 0 ? undefined : true);
      for (let n = 0; n < 20; n++)
        published.push(
          ...(await tidings.publish({ topic }, { topic: 'elsewhere' })).filter((_, i) => i === 0).map(({ id }) => id),
        );
      while (got.length < published.length - 7) got.push((await client.next()).id as string);
      last = got.at(-1);
      client.close();
      await client.closed();
    }
    expect(got).toEqual(published.slice(0, got.length));
  });
});
