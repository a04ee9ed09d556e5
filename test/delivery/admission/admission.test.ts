import { createConnection, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { recipientHash } from '../../../src/core/domain/message-ids.js';
import type { RecipientClaims } from '../../../src/core/ports/recipient-tokens.js';
import { systemTimers } from '../../../src/delivery/index.js';
import { closedByPeer, openIdleSockets } from '../../support/idle-sockets.js';
import { getWithH2c } from '../../support/ignored-upgrade.js';
import { closedSlowHead } from '../../support/slow-head.js';
import { Client, type ClientOptions } from '../support/client.js';
import { cleanUp, gate, startNode, TENANT, until } from '../support/node.js';

afterEach(cleanUp);

const OTHER_TENANT = '0198c1a2-0000-7000-8000-000000000002';
const AUTHORIZED = (token: string) => ({ Authorization: `Bearer ${token}` });

async function get(port: number, path: string, method = 'GET') {
  return fetch(`http://127.0.0.1:${port}${path}`, { method });
}

describe('the ways to give a token', () => {
  test.each<[string, (token: string) => ClientOptions, string | undefined]>([
    ['in the query', (token) => ({ token }), undefined],
    ['as a Bearer', (token) => ({ headers: { Authorization: `bearer ${token}` } }), undefined],
    [
      'as a subprotocol beside tidings.plain',
      (token) => ({ protocols: [`tidings.token.${token}`, 'tidings.plain'] }),
      'tidings.plain',
    ],
    ['as a subprotocol beside tidings.v1', (token) => ({ protocols: ['tidings.v1', `tidings.token.${token}`] }), 'tidings.v1'],
    [
      'in the query beside an Authorization that is not Bearer',
      (token) => ({ token, headers: { Authorization: 'Basic abc' } }),
      undefined,
    ],
  ])('%s is accepted', async (_way, options, echoed) => {
    const { port, token } = await startNode();
    const client = await Client.open(port, options(token()));
    expect(client.status).toBe(101);
    expect(client.headers['sec-websocket-protocol']).toBe(echoed);
    client.cut();
  });

  test.each<[string, number, (token: string) => ClientOptions]>([
    ['no token', 401, () => ({})],
    ['an empty token', 401, () => ({ token: '' })],
    ['a malformed token', 401, () => ({ token: 'x.y.z' })],
    ['a forged token', 401, () => ({ token: 'forged' })],
    ['a token twice in the query', 401, (token) => ({ path: `/?token=${token}&token=${token}` })],
    ['another parameter twice', 401, (token) => ({ path: `/?a=1&a=2&token=${token}` })],
    ['query and Bearer', 401, (token) => ({ token, headers: AUTHORIZED(token) })],
    ['query and subprotocol', 401, (token) => ({ token, protocols: [`tidings.token.${token}`, 'tidings.plain'] })],
    ['two token subprotocols', 401, (token) => ({ protocols: ['tidings.plain', `tidings.token.${token}`, 'tidings.token.x'] })],
    ['a token subprotocol alone', 400, (token) => ({ protocols: [`tidings.token.${token}`] })],
    ['only an Authorization that is not Bearer', 401, () => ({ headers: { Authorization: 'Basic abc' } })],
  ])('%s is answered with %d', async (_case, status, options) => {
    const { port, token } = await startNode();
    const client = await Client.open(port, options(token()));
    expect(client.status).toBe(status);
    await client.closed();
  });

  test('a protocol that we do not know is not echoed', async () => {
    const { connect } = await startNode();
    const client = await connect({}, { protocols: ['chat'] });
    expect(client.status).toBe(101);
    expect(client.headers['sec-websocket-protocol']).toBeUndefined();
  });
});

describe('a token that is not good any more', () => {
  test('expired: 401', async () => {
    const { connect, clock } = await startNode();
    expect((await connect({ expiresAt: clock.now() - 1 })).status).toBe(401);
  });

  test('revoked: 401; one issued after the revocation works', async () => {
    const { connect, store } = await startNode();
    store.revocations.push({ tenantId: TENANT, recipientHash: recipientHash('alice'), number: 7 });
    expect((await connect({ revocation: 6 })).status).toBe(401);
    expect((await connect({ revocation: 7 })).status).toBe(101);
    expect((await connect({ recipient: 'bob', revocation: 0 })).status).toBe(101);
  });

  test('of a tenant that is disabled: 401', async () => {
    const { connect, store } = await startNode();
    store.inactive.add(TENANT);
    expect((await connect()).status).toBe(401);
  });
});

describe('restrictions', () => {
  test.each<[string, string, string | undefined, number]>([
    ['the same origin', 'https://good.example', 'https://good.example', 101],
    ['the default port', 'https://good.example', 'https://good.example:443', 101],
    ['another case', 'https://good.example', 'HTTPS://Good.Example', 101],
    ['another port', 'https://good.example', 'https://good.example:8443', 403],
    ['another scheme', 'https://good.example', 'http://good.example', 403],
    ['another host', 'https://good.example', 'https://evil.example', 403],
    ['a path', 'https://good.example', 'https://good.example/page', 403],
    ['an opaque origin', 'https://good.example', 'null', 403],
    ['no origin', 'https://good.example', undefined, 403],
  ])('origin: %s', async (_case, origin, header, status) => {
    const { connect } = await startNode();
    expect((await connect({ origin }, header === undefined ? {} : { headers: { Origin: header } })).status).toBe(status);
  });

  test.each<[string, string, number]>([
    ['127.0.0.1', 'the peer', 101],
    ['127.0.0.0/8', 'its network', 101],
    ['10.0.0.0/8', 'another network', 403],
    ['::ffff:127.0.0.1', 'the peer, mapped', 101],
    ['::ffff:127.0.0.0/104', 'its network, mapped', 101],
    ['::1', 'of the other family', 403],
  ])('source address %s is %s', async (sourceIp, _case, status) => {
    const { connect } = await startNode();
    expect((await connect({ sourceIp })).status).toBe(status);
  });

  test.each<[string, string[], string | undefined, Partial<RecipientClaims>, number]>([
    ['not trusted: the header is not believed', [], '10.1.2.3', { sourceIp: '10.1.2.3' }, 403],
    ['trusted: it is', ['127.0.0.0/8'], '10.1.2.3', { sourceIp: '10.0.0.0/8' }, 101],
    ['only the last hop is believed', ['127.0.0.0/8'], '10.1.2.3, 192.0.2.1', { sourceIp: '10.1.2.3' }, 403],
    [
      'hops are passed while they are trusted',
      ['127.0.0.0/8', '192.0.2.0/24'],
      '10.1.2.3, 192.0.2.1',
      { sourceIp: '10.1.2.3' },
      101,
    ],
    ['an entry that is mapped', ['127.0.0.0/8'], '::ffff:10.1.2.3', { sourceIp: '10.1.2.3' }, 101],
    ['an entry that is no address', ['127.0.0.0/8'], 'unknown', { sourceIp: '0.0.0.0/0' }, 403],
    ['an entry that is no address, without a restriction', ['127.0.0.0/8'], 'unknown', {}, 101],
    ['an entry in a notation that is not usual', ['127.0.0.0/8'], '10.1', { sourceIp: '10.0.0.0/8' }, 403],
    ['a number', ['127.0.0.0/8'], '167838211', { sourceIp: '10.0.0.0/8' }, 403],
    ['octal digits', ['127.0.0.0/8'], '012.1.2.3', { sourceIp: '10.0.0.0/8' }, 403],
    ['an entry with a port', ['127.0.0.0/8'], '203.0.113.7:51234', { sourceIp: '203.0.113.7' }, 101],
    ['an entry with a port, of another network', ['127.0.0.0/8'], '203.0.113.7:51234', { sourceIp: '203.0.114.0/24' }, 403],
    ['an IPv6 entry with a port', ['127.0.0.0/8'], '[2001:db8::1]:443', { sourceIp: '2001:db8::/32' }, 101],
    ['a mapped entry with a port', ['127.0.0.0/8'], '[::ffff:10.1.2.3]:443', { sourceIp: '10.1.2.3' }, 101],
    ['an IPv6 entry that ends like a port', ['127.0.0.0/8'], '2001:db8::443', { sourceIp: '2001:db8::443' }, 101],
    [
      'hops with ports',
      ['127.0.0.0/8', '192.0.2.0/24', '2001:db8::/32'],
      '10.1.2.3:1, [2001:db8::1]:2, 192.0.2.1:3',
      { sourceIp: '10.1.2.3' },
      101,
    ],
    ['a port that is none', ['127.0.0.0/8'], '10.1.2.3:http', { sourceIp: '0.0.0.0/0' }, 403],
    ['a port without an address', ['127.0.0.0/8'], ':443', { sourceIp: '0.0.0.0/0' }, 403],
    ['a name with a port', ['127.0.0.0/8'], 'unknown:443', { sourceIp: '0.0.0.0/0' }, 403],
    ['no address with a port', ['127.0.0.0/8'], '999.1.2.3:443', { sourceIp: '0.0.0.0/0' }, 403],
    ['no header', ['127.0.0.0/8'], undefined, { sourceIp: '127.0.0.1' }, 101],
  ])('X-Forwarded-For, %s', async (_case, trustProxy, header, claims, status) => {
    const { connect } = await startNode({ trustProxy });
    expect((await connect(claims, header === undefined ? {} : { headers: { 'X-Forwarded-For': header } })).status).toBe(status);
  });

  test('an IPv4 client of a node that listens on IPv6 counts as IPv4', async () => {
    const { connect } = await startNode({ host: '::' });
    expect((await connect({ sourceIp: '127.0.0.1' })).status).toBe(101);
  });
});

const DISABLED = '018f3f6e-0000-7000-8000-0000000000d1';

describe('a client that offers tidings.v1 and cannot see statuses', () => {
  test.each<[string, number, Partial<RecipientClaims>]>([
    ['expired token', 4401, { expiresAt: 1 }],
    ['revoked token', 4403, { revocation: -1 }],
    ['disabled tenant', 4401, { tenantId: DISABLED }],
    ['wrong origin', 4403, { origin: 'https://good.example' }],
    ['wrong address', 4403, { sourceIp: '10.0.0.1' }],
  ])('%s: it is accepted and closed with %d and a reason, before anything else', async (_case, code, claims) => {
    const { connect, push, store } = await startNode();
    store.revocations.push({ tenantId: TENANT, recipientHash: recipientHash('alice'), number: 0 });
    store.inactive.add(DISABLED);
    await push('secret');
    const client = await connect(claims, { protocols: ['tidings.v1'] });
    expect(client.status).toBe(101);
    expect(client.headers['sec-websocket-protocol']).toBe('tidings.v1');
    expect(await client.closed()).toBe(code);
    expect(client.closeReason).not.toBe('');
    expect(client.texts).toEqual([]);
  });

  test.each<[string, number, Partial<RecipientClaims>]>([
    ['expired token', 4401, { expiresAt: 1 }],
    ['wrong origin', 4403, { origin: 'https://good.example' }],
  ])('%s, and it offers tidings.plain first: it is closed with %d all the same', async (_case, code, claims) => {
    const { connect } = await startNode();
    const client = await connect(claims, { protocols: ['tidings.plain', 'tidings.v1'] });
    expect(client.status).toBe(101);
    expect(client.headers['sec-websocket-protocol']).toBe('tidings.plain');
    expect(await client.closed()).toBe(code);
    expect(client.closeReason).not.toBe('');
    expect(client.texts).toEqual([]);
  });

  test('one that offers tidings.plain alone gets the status', async () => {
    const { connect } = await startNode();
    expect((await connect({ expiresAt: 1 }, { protocols: ['tidings.plain'] })).status).toBe(401);
  });

  test('a token in two places closes with 4401; a token entry alone is 400 all the same', async () => {
    const { port, token } = await startNode();
    const twice = await Client.open(port, { token: token(), headers: AUTHORIZED(token()), protocols: ['tidings.v1'] });
    expect(await twice.closed()).toBe(4401);
    expect((await Client.open(port, { protocols: [`tidings.token.${token()}`] })).status).toBe(400);
  });
});

describe('a node that cannot take more', () => {
  test('its database hangs: who waits for it, and whoever comes while one waits long, gets 503 with Retry-After', async () => {
    let ahead = 0;
    const timers = { ...systemTimers, now: () => systemTimers.now() + ahead };
    const { port, token, store } = await startNode({}, { timers });
    store.before.standing = () => new Promise(() => {});
    const handshake = () => Client.open(port, { token: token() });
    const first = handshake();
    await until(() => store.calls.length === 1);
    const second = handshake();
    await until(() => store.calls.length === 2);
    ahead = 1_001;
    const refused = [await handshake(), await first, await second];
    expect(refused.map(({ status }) => status)).toEqual([503, 503, 503]);
    for (const { headers } of refused) expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // The store was not asked for the client that came last.
    expect(store.calls).toHaveLength(2);
    delete store.before.standing;
    const next = await handshake();
    expect(next.status).toBe(101);
    next.cut();
  });

  test('its database is away: 503 with Retry-After, for tidings.v1 too', async () => {
    const { connect, store } = await startNode();
    store.away = true;
    const client = await connect();
    expect(client.status).toBe(503);
    expect(Number(client.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await connect({}, { protocols: ['tidings.v1'] })).status).toBe(503);
  });

  test('full: 503, until one leaves', async () => {
    const { connect } = await startNode({ maxConnections: 2 });
    const first = await connect();
    await connect();
    expect((await connect()).status).toBe(503);
    first.cut();
    let status = 0;
    while (status !== 101) status = (await connect()).status;
    expect(status).toBe(101);
  });

  test('handshakes that wait count as connections', async () => {
    const { connect, store } = await startNode({ maxConnections: 2 });
    const waiting = gate();
    store.before.standing = () => waiting.opened;
    const both = [connect(), connect()];
    await until(() => store.calls.filter((call) => call === 'standing').length === 2);
    expect((await connect()).status).toBe(503);
    waiting.open();
    expect((await Promise.all(both)).map((client) => client.status)).toEqual([101, 101]);
  });

  test('too many handshakes a second: 503', async () => {
    const { connect } = await startNode({ maxHandshakesPerSecond: 3 });
    const clients = await Promise.all(Array.from({ length: 10 }, () => connect()));
    const statuses = clients.map((client) => client.status).sort();
    expect(statuses.filter((status) => status === 101).length).toBeGreaterThanOrEqual(3);
    expect(statuses).toContain(503);
  });

  test('clients without a good token take none of the handshakes of a second', async () => {
    const { connect, port } = await startNode({ maxHandshakesPerSecond: 4 });
    const bad = await Promise.all(
      Array.from({ length: 60 }, (_, i) => Client.open(port, i % 2 === 0 ? {} : { token: 'forged' })),
    );
    expect(bad.map(({ status }) => status)).toEqual(bad.map(() => 401));
    const good = await Promise.all(Array.from({ length: 4 }, () => connect()));
    expect(good.map(({ status }) => status)).toEqual([101, 101, 101, 101]);
  });

  test('an address from which too many handshakes fail is told that the node is busy; a good token is served', async () => {
    const timers = { ...systemTimers, now: () => 1_000 };
    const { connect, port } = await startNode({}, { timers });
    const fail = (options: ClientOptions = {}) => Client.open(port, { token: 'forged', ...options });
    for (let i = 0; i < 500; i++) expect((await fail()).status).toBe(401);
    const refused = await fail();
    expect([refused.status, Number(refused.headers['retry-after']) >= 1]).toEqual([503, true]);
    expect((await fail({ protocols: ['tidings.v1'] })).status).toBe(503);
    expect((await connect()).status).toBe(101);
  });

  test('failures are counted by the address that a proxy tells, IPv6 by its network', async () => {
    const timers = { ...systemTimers, now: () => 1_000 };
    const { port } = await startNode({ trustProxy: ['127.0.0.0/8'] }, { timers });
    const fail = async (address: string) =>
      (await Client.open(port, { token: 'forged', headers: { 'X-Forwarded-For': address } })).status;
    for (let i = 0; i < 500; i++) expect(await fail(`2001:db8::${i}`)).toBe(401);
    expect(await fail('2001:db8::1:1')).toBe(503);
    expect(await fail('2001:db8:0:1::1')).toBe(401);
    expect(await fail('192.0.2.1')).toBe(401);
  });

  test('a tenant that connects as fast as it can leaves another one its handshakes', async () => {
    let now = 1_000;
    const timers = { ...systemTimers, now: () => now };
    const { connect } = await startNode({ maxHandshakesPerSecond: 4 }, { timers });
    for (let i = 0; i < 10; i++) await connect({ recipient: `a${i}` });
    for (let i = 0; i < 8; i++) {
      now += 500;
      for (let n = 0; n < 4; n++) await connect({ recipient: `a${i}-${n}` });
      expect((await connect({ tenantId: OTHER_TENANT, recipient: `b${i}` })).status).toBe(101);
    }
  });

  test('a token that was revoked is known then, and asks the database no more', async () => {
    const { connect, store } = await startNode();
    store.revocations.push({ tenantId: TENANT, recipientHash: recipientHash('alice'), number: 7 });
    expect((await connect({ revocation: 6 })).status).toBe(401);
    expect((await connect({ revocation: 5 })).status).toBe(401);
    expect(store.calls.filter((call) => call === 'standing')).toHaveLength(1);
    expect((await connect({ revocation: 7 })).status).toBe(101);
  });

  test('a client that leaves during its handshake harms nobody', async () => {
    const { connect, store, port, token, node } = await startNode({ maxConnections: 1 });
    const waiting = gate();
    store.before.standing = () => waiting.opened;
    const tcp = createConnection({ port, host: '127.0.0.1' });
    const head = 'Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n';
    tcp.write(`GET /?token=${token()} HTTP/1.1\r\n${head}Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`);
    await until(() => store.calls.includes('standing'));
    tcp.resetAndDestroy();
    store.before.standing = () => {};
    waiting.open();
    let status = 0;
    while (status !== 101) status = (await connect()).status;
    expect(node.connections).toBe(1);
  });
});

describe('a recipient with as many connections as it may have', () => {
  test('gets 429 with Retry-After; others are served, and it is once one of its connections has ended', async () => {
    const { connect } = await startNode({ maxConnectionsPerRecipient: 2 });
    const first = await connect();
    await connect({ tokenId: 'another' });
    const refused = await connect();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect((await connect({ recipient: 'bob' })).status).toBe(101);
    expect((await connect({ tenantId: OTHER_TENANT })).status).toBe(101);
    first.cut();
    let status = 0;
    while (status !== 101) status = (await connect()).status;
    expect(status).toBe(101);
  });

  test('is closed with 4429 if it offers tidings.v1, and the reason says when to come back', async () => {
    const { connect, push } = await startNode({ maxConnectionsPerRecipient: 1 });
    await connect({}, { protocols: ['tidings.v1'] });
    await push('for the first');
    const client = await connect({}, { protocols: ['tidings.v1'] });
    expect(await client.closed()).toBe(4429);
    expect(client.closeReason).toMatch(/^recipient-connections: come back after \d+ s$/);
    expect(client.texts).toEqual([]);
  });

  test('handshakes that come together get no more than that', async () => {
    const { connect, store } = await startNode({ maxConnectionsPerRecipient: 3 });
    const waiting = gate();
    store.before.standing = () => waiting.opened;
    const all = Array.from({ length: 8 }, () => connect());
    await until(() => store.calls.filter((call) => call === 'standing').length === 8);
    waiting.open();
    const statuses = (await Promise.all(all)).map(({ status }) => status).sort();
    expect(statuses).toEqual([101, 101, 101, 429, 429, 429, 429, 429]);
  });
});

test('the last tenth of the connections is for tenants that hold few', async () => {
  const { connect } = await startNode({ maxConnections: 10 });
  await connect({ tenantId: OTHER_TENANT });
  const statuses: number[] = [];
  for (let i = 0; i < 9; i++) statuses.push((await connect({ recipient: `a${i}` })).status);
  expect(statuses).toEqual([...Array(8).fill(101), 503]);
  expect((await connect({ tenantId: OTHER_TENANT, recipient: 'b' })).status).toBe(101);
});

describe('paths', () => {
  test('no upgrade on the delivery path: 426 with Upgrade', async () => {
    const { port } = await startNode();
    const response = await get(port, '/?token=x');
    expect(response.status).toBe(426);
    expect(response.headers.get('upgrade')).toBe('websocket');
    expect((await get(port, '/', 'POST')).status).toBe(426);
  });

  test('an upgrade to something else is ignored: the request is answered as any other', async () => {
    const { port, token } = await startNode();
    expect(await getWithH2c(port, '/healthz')).toMatchObject({ status: 200, body: 'ok', headers: { connection: 'close' } });
    expect((await getWithH2c(port, '/nowhere')).status).toBe(404);
    expect((await Client.open(port, { token: token(), headers: { Upgrade: 'h2c' } })).status).toBe(426);
  });

  test('any other path: 404', async () => {
    const { port, token } = await startNode();
    expect((await get(port, '/nowhere')).status).toBe(404);
    expect((await Client.open(port, { path: '/nowhere', token: token() })).status).toBe(404);
  });

  test('the path of the public URL is served, with and without a slash, and the bare path too', async () => {
    const { port, token } = await startNode({ publicPath: '/push/here' });
    for (const path of ['/push/here/', '/push/here', '/']) {
      const client = await Client.open(port, { path, token: token() });
      expect([path, client.status]).toEqual([path, 101]);
      client.cut();
    }
    expect((await Client.open(port, { path: '/push/hereafter', token: token() })).status).toBe(404);
  });

  test('what belongs to health and metrics is answered by their handler', async () => {
    const { port } = await startNode();
    const response = await get(port, '/healthz');
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
  });
});

describe('every answer has x-request-id', () => {
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const mine = { 'x-request-id': 'The_callers-1' };

  test.each<[string, number, Partial<RecipientClaims>, ClientOptions]>([
    ['a handshake', 101, {}, {}],
    ['a refused one', 401, { expiresAt: 1 }, {}],
    ['one that is accepted and closed', 101, { expiresAt: 1 }, { protocols: ['tidings.v1'] }],
    ['one of a path that we do not know', 404, {}, { path: '/nowhere' }],
  ])('%s: %d', async (_case, status, claims, options) => {
    const { connect } = await startNode();
    const [first, second, named] = [
      await connect(claims, options),
      await connect(claims, options),
      await connect(claims, { ...options, headers: mine }),
    ];
    expect([first.status, first.headers['x-request-id']]).toEqual([status, expect.stringMatching(UUID)]);
    expect(second.headers['x-request-id']).not.toBe(first.headers['x-request-id']);
    expect(named.headers['x-request-id']).toBe('The_callers-1');
  });

  test.each([
    ['/', 426],
    ['/healthz', 200],
    ['/nowhere', 404],
  ])('%s without an upgrade: %d', async (path, status) => {
    const { port } = await startNode();
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: mine });
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([status, 'The_callers-1']);
    expect((await get(port, path)).headers.get('x-request-id')).toMatch(UUID);
  });

  test('the line of a refusal has the same', async () => {
    const lines: object[] = [];
    const { port } = await startNode({}, { debug: { enabled: true, line: (_message, fields) => lines.push(fields) } });
    await Client.open(port, { token: 'forged', headers: mine });
    expect(lines).toContainEqual(expect.objectContaining({ reason: expect.any(String), requestId: 'The_callers-1' }));
  });
});

test.each(['idle', 'dripping'] as const)('an %s connection is closed before its request is there', async (kind) => {
  const { port, connect } = await startNode({}, { headTimeoutMs: 60 });
  const client = await connect();
  expect(await closedSlowHead(port, kind)).toMatch(/^HTTP\/1\.1 408 /);
  // The time is that of requests, not of connections.
  expect([client.status, client.gone]).toEqual([101, false]);
});

test('of more than 256 connections of one address that ask nothing, the oldest is closed', async () => {
  let ahead = 0;
  const timers = { ...systemTimers, now: () => systemTimers.now() + ahead };
  const { port, connect } = await startNode({}, { timers });
  const client = await connect();
  const oldest = await openIdleSockets(port, 1);
  const others = await openIdleSockets(port, 255);
  ahead = 3_000;
  const last = await openIdleSockets(port, 1);
  await closedByPeer(oldest[0] as Socket);
  expect([client.gone, (await connect()).status]).toEqual([false, 101]);
  for (const socket of [...others, ...last]) socket.destroy();
});

test('neither token nor query gets into a log line', async () => {
  const lines: string[] = [];
  const log = (fields: object, message: string) => lines.push(JSON.stringify(fields) + message);
  const { port, token } = await startNode(
    {},
    {
      logger: { debug: log, info: log, warn: log, error: log },
      debug: { enabled: true, line: (message, fields) => log(fields, message) },
    },
  );
  const secret = token({ tokenId: 'needle', expiresAt: 1 });
  await Client.open(port, { token: secret });
  await Client.open(port, { token: 'forged-needle' });
  await Client.open(port, { protocols: [`tidings.token.${secret}`] });
  await get(port, `/?token=${secret}`);
  expect(lines.length).toBeGreaterThanOrEqual(3);
  expect(lines.filter((line) => line.includes(secret) || line.includes('needle'))).toEqual([]);
});
