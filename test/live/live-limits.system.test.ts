import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MAX_EVENT_BYTES } from '../../src/core/domain/live/live-event.js';
import { type Installation, LiveClient, startInstallation } from '../adapters/support.js';
import { createTestNode, type TestNode, type TestNodeOptions } from './node.js';

const LIMITS = {
  LIVE_MAX_SUBSCRIPTIONS: '40',
  LIVE_MAX_PATTERNS: '3',
  LIVE_MAX_FILTER_BYTES: '128',
  LIVE_MAX_COMMANDS_PER_SECOND: '10000',
  LIVE_MAX_PUBLISHES_PER_SECOND: '10000',
  LIVE_MAX_EVENTS_PER_SECOND: '10000',
  LIVE_RETENTION_EVENTS: '5',
};

let tidings: Installation;
const clients: LiveClient[] = [];
beforeAll(async () => {
  tidings = await startInstallation({ env: LIMITS });
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

async function connect(path: string, token: string, protocols: string[] = []): Promise<LiveClient> {
  const client = await LiveClient.open(`${tidings.deliveryUrls[0]}${path}?token=${token}`, { protocols });
  clients.push(client);
  return client;
}
const open = async () => connect('/', (await tidings.register({ subscribe: ['*'], publish: ['*'] })).token, ['tidings.v1']);

const subscribe = (more: object) => ({ type: 'subscribe', topics: ['a'], ...more });
const list = (count: number, of: (i: number) => string) => Array.from({ length: count }, (_, i) => of(i));
/** Makes a JSON object of this many bytes. */
const objectOf = (bytes: number) => ({ x: 'é'.repeat((bytes - 8) / 2) });
const refused = (code: string, message: RegExp) => ({ type: 'error', code, message: expect.stringMatching(message) });

describe('a command at its limit is carried out, and one above it is refused with the limit in the message', () => {
  it.each([
    ['LIVE_MAX_PATTERNS', subscribe({ topics: ['a', 'b', 'c'] }), subscribe({ topics: ['a', 'b', 'c', 'd'] }), /3/],
    ['types', subscribe({ events: list(16, (i) => `t${i}`) }), subscribe({ events: list(17, (i) => `t${i}`) }), /16/],
    ['characters of a type', subscribe({ events: ['t'.repeat(128)] }), subscribe({ events: ['t'.repeat(129)] }), /128/],
    ['LIVE_MAX_FILTER_BYTES', subscribe({ where: objectOf(128) }), subscribe({ where: objectOf(130) }), /128/],
    [
      'attributes of where',
      subscribe({ where: Object.fromEntries(list(16, (i) => i.toString(36)).map((name) => [name, 1])) }),
      subscribe({ where: Object.fromEntries(list(17, (i) => i.toString(36)).map((name) => [name, 1])) }),
      /16/,
    ],
    [
      'bytes of a condition',
      subscribe({ condition: `data.x == "${'é'.repeat(506)}"` }),
      subscribe({ condition: `data.x == "${'é'.repeat(506)}x"` }),
      /1024/,
    ],
    ['fields', subscribe({ fields: list(64, (i) => `f${i}`) }), subscribe({ fields: list(65, (i) => `f${i}`) }), /64/],
    ['characters of a field', subscribe({ fields: ['f'.repeat(256)] }), subscribe({ fields: ['f'.repeat(257)] }), /256/],
    [
      'segments',
      subscribe({ topics: [list(16, String).join(':')] }),
      subscribe({ topics: [list(17, String).join(':')] }),
      /pattern/,
    ],
    ['bytes of a topic', subscribe({ topics: ['é'.repeat(256)] }), subscribe({ topics: ['é'.repeat(257)] }), /pattern/],
  ])('%s', async (_, good, bad, message) => {
    const client = await open();
    expect(await client.ask(good)).toMatchObject({ type: 'ok' });
    expect(await client.ask(bad)).toMatchObject(refused('BAD_USER_INPUT', message));
    expect(await client.ask({ type: 'list-topics' })).toMatchObject({ type: 'ok' });
  });

  it('characters of an id', async () => {
    const client = await open();
    client.send({ type: 'list-topics', id: 'i'.repeat(128) });
    expect(await client.next()).toMatchObject({ type: 'ok', id: 'i'.repeat(128) });
    client.send({ type: 'list-topics', id: 'i'.repeat(129) });
    expect(await client.next()).toMatchObject(refused('BAD_USER_INPUT', /128/));
  });

  it('LIVE_MAX_SUBSCRIPTIONS of a connection, and conditions of one', async () => {
    const client = await open();
    for (let i = 0; i < 32; i++)
      expect(await client.ask(subscribe({ topics: [`c${i}`], condition: `data.n == ${i}` }))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe({ topics: ['c'], condition: 'data.n == 32' }))).toMatchObject(
      refused('QUOTA_EXCEEDED', /32 conditions/),
    );
    for (let i = 32; i < 40; i++) expect(await client.ask(subscribe({ topics: [`c${i}`] }))).toMatchObject({ type: 'ok' });
    expect(await client.ask(subscribe({ topics: ['one more'] }))).toMatchObject(refused('QUOTA_EXCEEDED', /40 subscriptions/));
    expect(await client.ask(subscribe({ topics: ['c39'] }))).toMatchObject({ type: 'ok' });
    await client.ask({ type: 'unsubscribe', topics: ['c0'] });
    expect(await client.ask(subscribe({ topics: ['one more'] }))).toMatchObject({ type: 'ok' });
  });

  it('an event that a client publishes, and a frame', async () => {
    const client = await open();
    const bare = JSON.stringify({
      topic: 'a',
      type: 'new-message',
      name: null,
      data: { x: '' },
      previous: null,
      changed: null,
      parent: null,
    });
    const frame = { type: 'publish', id: 'p', topic: 'a', data: { x: '' } };
    const room = Math.min(MAX_EVENT_BYTES - bare.length, 64 * 1024 - JSON.stringify(frame).length);
    client.send({ ...frame, data: { x: 'x'.repeat(room) } });
    expect(await client.next()).toEqual({ type: 'ok', id: 'p' });
    client.send({ ...frame, data: { x: 'x'.repeat(room + 1) } });
    expect(await client.next()).toMatchObject(refused('BAD_USER_INPUT', /65536/));
    const whole = { type: 'list-topics', id: 'w', x: '' };
    client.send({ ...whole, x: 'x'.repeat(64 * 1024 - JSON.stringify(whole).length) });
    expect(await client.next()).toMatchObject({ type: 'ok', id: 'w' });
    client.send({ ...whole, x: 'x'.repeat(64 * 1024 - JSON.stringify(whole).length + 1) });
    expect(await client.closed()).toBe(1009);
  });

  it('in the protocols of other services, too', async () => {
    const { token } = await tidings.register({ subscribe: ['*'] });
    const tables = await connect('/live', token);
    const listed = () => tables.send({ method: 'list-topic' });
    tables.send({ method: 'subscribe', attributes: { topic: 'a,b,c', filters: objectOf(128) } });
    listed();
    expect(await tables.next()).toMatchObject({ EventType: 'response' });
    for (const attributes of [
      { topic: 'a,b,c,d' },
      { topic: 'd', filters: objectOf(130) },
      { topic: 'd', filters: { EventType: 't'.repeat(129) } },
    ]) {
      tables.send({ method: 'subscribe', attributes });
      expect(await tables.next()).toMatchObject({ EventType: 'error', EventData: { code: 'BAD_USER_INPUT' } });
    }
    const paths = await connect('/v1.0/ws', token);
    const uuid = '5013bc52-da9a-11ee-844f-2fa34248de28';
    const topics = (from: number, count: number) => list(count, (i) => `agent_id:${uuid}:call:${from + i}`);
    for (let i = 0; i < 39; i += 3) paths.send({ type: 'subscribe', topics: topics(i, 3) });
    paths.send({ type: 'subscribe', topics: topics(39, 1) });
    paths.send({ type: 'subscribe', topics: topics(40, 1) });
    expect(await paths.next()).toEqual({
      type: 'error',
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining('40 subscriptions'),
      topics: topics(40, 1),
    });
    paths.send({ type: 'subscribe', topics: topics(0, 4) });
    expect(await paths.next()).toMatchObject({ code: 'BAD_USER_INPUT', topics: topics(0, 4) });
  });

  it('LIVE_RETENTION_EVENTS', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 7; n++)
      ids.push(...(await tidings.publish({ topic: 'kept', data: { n } })).map(({ id }) => id as string));
    const client = await open();
    expect(await client.ask(subscribe({ topics: ['kept'], after: ids[0] }))).toMatchObject({ recovered: false });
    expect(await client.ask(subscribe({ topics: ['kept:x', 'kept'], after: ids[1] }))).toMatchObject({ recovered: true });
  });
});

describe('the API at its limits', () => {
  const sized = (bytes: number) => {
    const bare = JSON.stringify({
      topic: 'a',
      type: 'x',
      name: null,
      data: { x: '' },
      previous: null,
      changed: null,
      parent: null,
    });
    return { topic: 'a', type: 'x', data: { x: 'x'.repeat(bytes - bare.length) } };
  };

  it('takes 1,000 events of a call, 64 KiB of an event, and no more', async () => {
    const results = await tidings.publish(...Array.from({ length: 999 }, () => ({ topic: 'a' })), sized(MAX_EVENT_BYTES));
    expect(results.every(({ error }) => error === null)).toBe(true);
    await expect(tidings.publish(...Array.from({ length: 1001 }, () => ({ topic: 'a' })))).rejects.toMatchObject({
      extensions: { code: 'BAD_USER_INPUT', field: 'input.events' },
    });
    expect((await tidings.publish(sized(MAX_EVENT_BYTES + 1)))[0]?.error).toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it('takes 32 grants of each kind', async () => {
    for (const kind of ['subscribe', 'publish']) {
      expect(await tidings.register({ [kind]: list(32, (i) => `g${i}`) })).toMatchObject({ token: expect.any(String) });
      await expect(tidings.register({ [kind]: list(33, (i) => `g${i}`) })).rejects.toMatchObject({
        extensions: { code: 'BAD_USER_INPUT', field: `input.${kind}` },
      });
    }
  });

  it('takes 64 types in an event rule, 128 characters of a type and of a code', async () => {
    const rule = 'mutation($input: SetEventRuleInput!) { setEventRule(input: $input) { types } }';
    const alert = 'mutation($input: CreateAlertRuleInput!) { createAlertRule(input: $input) { code } }';
    await tidings.ask(rule, { input: { entity: 'e', types: list(64, (i) => `t${i}`) } });
    await tidings.ask(rule, { input: { entity: 'e', types: ['t'.repeat(128)] } });
    await tidings.ask(alert, { input: { code: 'c'.repeat(128), topic: 'a', condition: 'true' } });
    for (const [query, input, field] of [
      [rule, { entity: 'e', types: list(65, (i) => `t${i}`) }, 'input.types'],
      [rule, { entity: 'e', types: ['t'.repeat(129)] }, 'input.types[0]'],
      [alert, { code: 'c'.repeat(129), topic: 'a', condition: 'true' }, 'input.code'],
      [alert, { code: 'd', topic: 'a', condition: `"${'x'.repeat(1023)}" == name` }, 'input.condition'],
    ] as const)
      await expect(tidings.ask(query, { input })).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
  });

  it('takes no more events of a tenant than LIVE_MAX_EVENTS_PER_SECOND, but a full call after a pause', async () => {
    const slow = await startInstallation({ env: { LIVE_MAX_EVENTS_PER_SECOND: '1' } });
    try {
      const full = Array.from({ length: 1000 }, () => ({ topic: 'a' }));
      expect((await slow.publish(...full)).every(({ id }) => id !== null)).toBe(true);
      await expect(slow.publish(...full)).rejects.toMatchObject({
        message: expect.stringContaining('1 events per second'),
        extensions: { code: 'RATE_LIMITED', retryAfter: expect.any(Number) },
      });
    } finally {
      await slow.stop();
    }
  }, 60_000);
});

describe('the rates of a connection', () => {
  const nodes: TestNode[] = [];
  let now = 0;
  const node = (limits: TestNodeOptions['limits']) => {
    const one = createTestNode({ now: () => now, limits });
    nodes.push(one);
    return one;
  };
  afterAll(async () => {
    for (const one of nodes) await one.close();
  });

  it('allow commands up to the burst, then so many a second', async () => {
    const client = node({ commandsPerSecond: 2, commandsBurst: 5 }).connect();
    const outcomes = async (count: number) => {
      const codes: unknown[] = [];
      for (let i = 0; i < count; i++) codes.push((await client.ask({ type: 'list-topics' })).code ?? 'ok');
      return codes.join(' ');
    };
    expect(await outcomes(6)).toBe('ok ok ok ok ok RATE_LIMITED');
    now += 1000;
    expect(await outcomes(3)).toBe('ok ok RATE_LIMITED');
    now += 3_600_000;
    expect(await outcomes(6)).toBe('ok ok ok ok ok RATE_LIMITED');
  });

  it('allow publishing up to the burst, then so many a second', async () => {
    const client = node({ publishesPerSecond: 1, publishesBurst: 3 }).connect({ publish: ['*'] });
    const outcomes = async (count: number) => {
      const codes: unknown[] = [];
      for (let i = 0; i < count; i++) codes.push((await client.ask({ type: 'publish', topic: 'a', data: {} })).code ?? 'ok');
      return codes.join(' ');
    };
    expect(await outcomes(4)).toBe('ok ok ok RATE_LIMITED');
    now += 1000;
    expect(await outcomes(2)).toBe('ok RATE_LIMITED');
  });

  it('let so many commands wait for their turn, and refuse the next', async () => {
    const one = node({ waitingCommands: 3 });
    let go = () => {};
    const blocked = new Promise<void>((resolve) => {
      go = resolve;
    });
    one.directory.topics = async () => {
      await blocked;
      return [];
    };
    const client = one.connect();
    for (let i = 0; i < 4; i++) client.send({ type: 'list-topics', id: i });
    go();
    for (let i = 0; i < 3; i++) expect(await client.next()).toMatchObject({ type: 'ok', id: i });
    expect(await client.next()).toMatchObject({ type: 'error', id: 3, code: 'RATE_LIMITED' });
  });

  it('let LIVE_MAX_BUFFERED_BYTES wait for a client, and read what follows from the stream when half of that is free', async () => {
    const one = node({ bufferedBytes: 1000, slowMs: 1e9 });
    const client = one.connect();
    await client.ask({ type: 'subscribe', topics: ['a'] });
    const turn = async () => {
      for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    };
    client.sink.buffered = 1000;
    await one.publish({ topic: 'a', data: { n: 1 } });
    await one.publish({ topic: 'a', data: { n: 2 } });
    await turn();
    expect(client.sink.frames).toHaveLength(3);
    client.sink.buffered = 1001;
    await one.publish({ topic: 'a', data: { n: 3 } });
    await turn();
    await one.publish({ topic: 'a', data: { n: 4 } });
    client.sink.buffered = 501;
    await turn();
    expect(client.sink.frames).toHaveLength(4);
    client.sink.buffered = 500;
    for (let n = 1; n <= 4; n++) expect((await client.next()).data).toEqual({ n });
  });

  it('are those of the connection alone', async () => {
    const one = node({ commandsPerSecond: 1, commandsBurst: 1, publishesPerSecond: 1, publishesBurst: 1 });
    for (let i = 0; i < 3; i++)
      expect(await one.connect({ publish: ['*'] }).ask({ type: 'publish', topic: 'a', data: {} })).toMatchObject({ type: 'ok' });
  });
});
