import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '../support/index.js';
import { type Installation, LiveClient, MALFORMED, startInstallation } from './support.js';

let tidings: Installation;
const clients: LiveClient[] = [];

beforeAll(async () => {
  tidings = await startInstallation();
}, 60_000);
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
});
afterAll(() => tidings.stop());

const ORIGIN = { origin: 'https://page.example' };

interface Protocol {
  name: string;
  /**
   * Makes the path of an endpoint.
   * @param token null for none in the path or query
   */
  path(token: string | null): string;
  headers?: Record<string, string>;
}

const PROTOCOLS: Protocol[] = [
  { name: 'entity events', path: (token) => `/api/websocket/events${token === null ? '' : `?token=${token}`}`, headers: ORIGIN },
  { name: 'table topics', path: (token) => `/live${token === null ? '' : `?token=${token}`}` },
  { name: 'topic paths', path: (token) => `/v1.0/ws${token === null ? '' : `?token=${token}`}` },
];
const IN_PATH: Protocol[] = [
  { name: 'object subscriptions', path: (token) => `/ws/rest/WebSocketObjectSubscription/file/*/1/${token}` },
  { name: 'alert scripts', path: (token) => `/ws/rest/WebSocketAlertScript/code/${token}` },
];

async function connect(protocol: Protocol, token: string | null, headers: Record<string, string> = {}) {
  const url = `${tidings.deliveryUrls[0]}${protocol.path(token)}`;
  const client = await LiveClient.connect(url, { headers: { ...protocol.headers, ...headers } });
  if (typeof client !== 'number') clients.push(client);
  return client;
}

const statusOf = (client: LiveClient | number) => (typeof client === 'number' ? client : 101);
const tokenFor = async (input: object = {}) => (await tidings.register({ subscribe: ['*'], ...input })).token;

describe.each([...PROTOCOLS, ...IN_PATH])('admission to $name', (protocol) => {
  it('asks for a good token, given once', async () => {
    const token = await tokenFor();
    expect(statusOf(await connect(protocol, token))).toBe(101);
    expect(statusOf(await connect(protocol, 'nonsense'))).toBe(401);
    expect(statusOf(await connect(protocol, `${token.slice(0, -2)}xx`))).toBe(401);
    expect(statusOf(await connect(protocol, token, { authorization: `Bearer ${token}` }))).toBe(401);
  });

  it('keeps to the restrictions of the token', async () => {
    const bound = await tokenFor({ origin: 'https://page.example' });
    expect(statusOf(await connect(protocol, bound, ORIGIN))).toBe(101);
    expect(statusOf(await connect(protocol, bound, { origin: 'https://other.example' }))).toBe(403);
    expect(statusOf(await connect(protocol, await tokenFor({ sourceIp: '192.0.2.1' })))).toBe(403);
    expect(statusOf(await connect(protocol, await tokenFor({ sourceIp: '127.0.0.0/8' })))).toBe(101);
  });

  it('is closed with 4403 when the recipient is revoked, and then refused', async () => {
    const token = await tokenFor({ recipient: protocol.name });
    const client = await connect(protocol, token);
    await tidings.ask('mutation($input: RevokeRecipientInput!) { revokeRecipient(input: $input) { revokedAt } }', {
      input: { recipient: protocol.name },
    });
    expect(await (client as LiveClient).closed()).toBe(4403);
    expect(statusOf(await connect(protocol, token))).toBe(401);
  });

  it('gets no messages, and is no connection of the recipient', async () => {
    const recipient = `messages of ${protocol.name}`;
    const client = await connect(protocol, await tokenFor({ recipient }));
    const push = 'mutation($input: MessageInput!) { pushMessage(input: $input) { item { id status } } }';
    await tidings.ask(push, { input: { recipients: [recipient], message: 'secret text' } });
    await tidings.ask('mutation { pushGlobalMessage(input: { message: "to all" }) { id } }');
    (client as LiveClient).send(MALFORMED);
    await (client as LiveClient).next();
    const texts = JSON.stringify((client as LiveClient).frames);
    expect(texts).not.toContain('secret text');
    expect(texts).not.toContain('to all');
    const { messages } = await tidings.ask<{ messages: { items: Array<{ status: string }> } }>(
      'query($r: String!) { messages(filter: { recipient: $r }) { items { status } } }',
      { r: recipient },
    );
    expect(messages.items).toEqual([{ status: 'PENDING' }]);
  });

  it('closes with 1003 on binary data and with 1009 on a frame beyond 64 KiB', async () => {
    const binary = (await connect(protocol, await tokenFor())) as LiveClient;
    binary.ws.send(Buffer.from('x'));
    expect(await binary.closed()).toBe(1003);
    const big = (await connect(protocol, await tokenFor())) as LiveClient;
    big.send('x'.repeat(64 * 1024 + 1));
    expect(await big.closed()).toBe(1009);
  });
});

describe.each(PROTOCOLS)('a token in a header, to $name', (protocol) => {
  it('is as good as in the query, and none is 401', async () => {
    expect(statusOf(await connect(protocol, null, { authorization: `Bearer ${await tokenFor()}` }))).toBe(101);
    expect(statusOf(await connect(protocol, null))).toBe(401);
    expect(statusOf(await connect(protocol, null, { authorization: 'Basic eDp5' }))).toBe(401);
  });
});

describe('paths', () => {
  it('of entity events need an Origin, whatever the token says', async () => {
    const client = await LiveClient.connect(`${tidings.deliveryUrls[0]}/api/websocket/events?token=${await tokenFor()}`);
    expect(client).toBe(403);
  });

  it('that are none of ours are 404, and those of ours without an upgrade 426', async () => {
    const http = (tidings.deliveryUrls[0] as string).replace('ws:', 'http:');
    for (const path of [
      '/live/x',
      '/v1.0',
      '/ws/rest/WebSocketObjectSubscription/a/b/c',
      '/ws/rest/WebSocketAlertScript/a/b/c',
      '/ws/rest/%ff/a',
      '/ws/rest/WebSocketAlertScript/%ff/a',
    ]) {
      expect((await fetch(`${http}${path}`)).status).toBe(404);
    }
    expect((await fetch(`${http}/live`)).status).toBe(426);
  });
});

describe('grants', () => {
  it.each([
    [{ subscribe: ['a::b'] }, 'input.subscribe[0]'],
    [{ subscribe: ['a', 'a*'] }, 'input.subscribe[1]'],
    [{ publish: [''] }, 'input.publish[0]'],
    [{ publish: ['a\ud800'] }, 'input.publish[0]'],
    [{ subscribe: Array.from({ length: 33 }, (_, i) => `a${i}`) }, 'input.subscribe'],
    [{ publish: Array.from({ length: 33 }, (_, i) => `a${i}`) }, 'input.publish'],
    [{ subscribe: Array.from({ length: 20 }, (_, i) => `${i}:${'x'.repeat(400)}`) }, 'input'],
  ])('that are wrong are refused: %j', async (input, field) => {
    await expect(tidings.register(input)).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
  });
});

describe('the API of live topics', () => {
  it('tells per event what is wrong with it, and publishes the others in order', async () => {
    const { token } = await tidings.register({ subscribe: ['*'] });
    const client = await LiveClient.open(`${tidings.deliveryUrls[0]}/?token=${token}`, { protocols: ['tidings.v1'] });
    clients.push(client);
    await client.ask({ type: 'subscribe', topics: ['*'] });
    const big = { text: 'x'.repeat(64 * 1024) };
    const deep = JSON.parse(`${'{"a":'.repeat(70)}1${'}'.repeat(70)}`);
    const bad = [
      { topic: 'a:*' },
      { topic: '' },
      { topic: 'a', type: '' },
      { topic: 'a', type: 'x'.repeat(129) },
      { topic: 'a', data: [] },
      { topic: 'a', data: 'text' },
      { topic: 'a', data: { x: '\u0000' } },
      { topic: 'a', data: big },
      { topic: 'a', data: deep },
      { topic: 'a', previous: 1 },
      { topic: 'a', parent: 'b:' },
      { topic: 'a', name: '\u0000' },
      { topic: 'a', changed: ['\u0000'] },
    ];
    const results = await tidings.publish({ topic: 'a', data: { n: 1 } }, ...bad, { topic: 'a', data: { n: 2 } });
    expect(results.map(({ index }) => index)).toEqual(results.map((_, i) => i));
    for (const [i, { id, error }] of results.entries()) {
      if (i === 0 || i === results.length - 1) expect([typeof id, error]).toEqual(['string', null]);
      else expect([id, error]).toEqual([null, { code: 'BAD_USER_INPUT', message: expect.any(String) }]);
    }
    expect(await client.next()).toMatchObject({ id: results[0]?.id, data: { n: 1 } });
    expect(await client.next()).toMatchObject({ id: results.at(-1)?.id, data: { n: 2 } });
  });

  it('takes objects as literals, too', async () => {
    const { publishEvents } = await tidings.ask<{ publishEvents: unknown }>(
      'mutation { publishEvents(input: { events: [{ topic: "a", type: "update", data: { a: 1, b: [true, null, { c: "x" }] } }, { topic: "a", type: "x", data: 1 }] }) { index id error { code } } }',
    );
    expect(publishEvents).toEqual([
      { index: 0, id: expect.any(String), error: null },
      { index: 1, id: null, error: { code: 'BAD_USER_INPUT' } },
    ]);
  });

  it.each([
    ['publishEvents(input: { events: [] }) { index }', 'input.events'],
    ['createTopic(input: { name: "a:*" }) { name }', 'input.name'],
    ['createTopic(input: { name: "" }) { name }', 'input.name'],
    ['destroyTopic(input: { name: "never" }) { name }', 'input.name'],
    ['setEventRule(input: { entity: "a:b", types: ["x"] }) { entity }', 'input.entity'],
    ['setEventRule(input: { entity: "a", types: [""] }) { entity }', 'input.types[0]'],
    ['createAlertRule(input: { code: "", topic: "a", condition: "true" }) { code }', 'input.code'],
    ['createAlertRule(input: { code: "a", topic: "a::", condition: "true" }) { code }', 'input.topic'],
    ['createAlertRule(input: { code: "a", topic: "a", condition: "data." }) { code }', 'input.condition'],
    ['createAlertRule(input: { code: "a", topic: "a", condition: "1" }) { code }', 'input.condition'],
    ['deleteAlertRule(input: { code: "never" }) { code }', 'input.code'],
  ])('refuses %s', async (call, field) => {
    await expect(tidings.ask(`mutation { ${call} }`)).rejects.toMatchObject({ extensions: { code: 'BAD_USER_INPUT', field } });
  });

  it('keeps the directory', async () => {
    await tidings.ask('mutation { createTopic(input: { name: "kept", system: true }) { name } }');
    await tidings.ask('mutation { setEventRule(input: { entity: "FILE", types: ["update"] }) { entity } }');
    await tidings.ask('mutation { createAlertRule(input: { code: "c", topic: "a", condition: "data.x > 1" }) { code } }');
    expect(
      await tidings.ask('{ topics { name system } eventRules { entity types } alertRules { code topic condition } }'),
    ).toEqual({
      topics: [{ name: 'kept', system: true }],
      eventRules: [{ entity: 'FILE', types: ['update'] }],
      alertRules: [{ code: 'c', topic: 'a', condition: 'data.x > 1' }],
    });
    expect(await tidings.ask('mutation { destroyTopic(input: { name: "kept" }) { name } }')).toEqual({
      destroyTopic: { name: 'kept' },
    });
    expect(await tidings.ask('mutation { deleteAlertRule(input: { code: "c" }) { code } }')).toEqual({
      deleteAlertRule: { code: 'c' },
    });
  });
});

describe('the log', () => {
  it('has neither tokens nor event data, whatever happens, at any level', async () => {
    const token = await tokenFor({ publish: ['*'] });
    const seen: string[] = [token];
    for (const protocol of [...PROTOCOLS, ...IN_PATH]) {
      const client = (await connect(protocol, token)) as LiveClient;
      client.send('{"EventData secret"');
      client.send(MALFORMED.replace('1', '"EventData secret"'));
      await client.next();
      await connect(protocol, `${token}x`);
    }
    const client = await LiveClient.open(`${tidings.deliveryUrls[0]}/?token=${token}`, { protocols: ['tidings.v1'] });
    clients.push(client);
    await client.ask({ type: 'subscribe', topics: ['*'], condition: 'data.secret.matches("confidential")' });
    await client.ask({ type: 'publish', topic: 'a', data: { secret: 'confidential value' } });
    await tidings.publish({ topic: 'a', data: { secret: 'confidential value' } });
    expect((await client.next()).type).toBe('event');
    const logged = tidings.logged();
    for (const secret of [...seen, 'confidential', 'EventData secret']) expect(logged).not.toContain(secret);
    expect(logged).toContain('handshake refused');
  });

  it.each([
    ...[...PROTOCOLS, ...IN_PATH],
    { name: 'messages', path: (token: string | null) => `/${token === null ? '' : `?token=${token}`}` },
  ])('has no part of the path or query of $name, whatever becomes of the handshake', async (protocol: Protocol) => {
    const before = tidings.logged().length;
    const token = await tokenFor();
    const path = protocol.path(token);
    const http = (tidings.deliveryUrls[0] as string).replace('ws:', 'http:');
    const statuses = [
      statusOf(await connect(protocol, token)),
      statusOf(await connect(protocol, `${token}x`)),
      statusOf(await connect(protocol, await tokenFor({ sourceIp: '192.0.2.1' }))),
      statusOf(await connect(protocol, token, { authorization: `Bearer ${token}` })),
      // No path is ever logged: not that of a plain request, nor an unknown one, nor one that cannot be decoded.
      (await fetch(`${http}${path}`)).status,
      (await fetch(`${http}${path}&x=y`, { method: 'POST' })).status,
      (await fetch(`${http}/unknown${path}`)).status,
      (await fetch(`${http}/%ff${path}%ff`)).status,
    ];
    expect(statuses.slice(0, 4)).toEqual([101, 401, 403, 401]);
    expect(statuses.slice(4).every((status) => status === 426 || status === 404)).toBe(true);
    // A second has room for so many lines; those of the tests before may have filled it.
    await until('a refusal to be logged', async () => {
      if (tidings.logged().slice(before).includes('handshake refused')) return true;
      await connect(protocol, `${token}x`);
      return false;
    });
    const logged = tidings.logged().slice(before);
    // The header of every token is the same: the rest lies behind the first dot.
    for (const part of [token, ...token.split('.').slice(1), 'token=', '/ws/rest', '/live', '/v1.0', '/api/websocket'])
      expect(logged).not.toContain(part);
  });

  it('has no token of a header or a subprotocol either', async () => {
    const token = await tokenFor();
    for (const one of [token, `${token}x`]) {
      await connect(PROTOCOLS[2] as Protocol, null, { authorization: `Bearer ${one}` });
      const offered = { protocols: [`tidings.token.${one}`, 'tidings.v1'] };
      const client = await LiveClient.connect(`${tidings.deliveryUrls[0]}/`, offered);
      if (typeof client !== 'number') clients.push(client);
    }
    expect(tidings.logged()).not.toContain(token.split('.')[2]);
  });
});
