import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemTimers } from '../../../src/lib/time/timers.js';
import { closedByPeer, openIdleSockets } from '../../support/idle-sockets.js';
import { getWithH2c } from '../../support/ignored-upgrade.js';
import { closedSlowHead } from '../../support/slow-head.js';
import { KEY, keepingLogger, startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const RESPONSE_TYPE = 'application/graphql-response+json';
const query = '{ version }';
const push = 'mutation { pushMessage(input: { recipients: ["ann"], message: "hi" }) { index } }';
const get = (search: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${search}`, { headers: { 'x-api-key': KEY, ...headers } });

describe('POST', () => {
  test.each([
    ['application/x-www-form-urlencoded', 'query={version}'],
    ['text/plain', '{"query":"{version}"}'],
    ['multipart/form-data; boundary=x', '--x\r\ncontent-disposition: form-data; name="query"\r\n\r\n{version}\r\n--x--\r\n'],
    ['application/graphql', '{version}'],
    ['application/json; charset=utf-16', '{"query":"{version}"}'],
  ])('refuses %s', async (contentType, body) => {
    const response = await api.post(body, { 'content-type': contentType });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('refuses a compressed body', async () => {
    expect((await api.post('x', { 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test.each([
    ['no JSON', '{'],
    ['nothing', ''],
    ['a list, that is a batch', [{ query }]],
    ['a text', '"{version}"'],
    ['no query', {}],
    ['a query that is no text', { query: 5 }],
    ['variables that are a list', { query, variables: [] }],
    ['variables that are a text', { query, variables: '{}' }],
    ['extensions that are a text', { query, extensions: 'x' }],
    ['an operationName that is a number', { query, operationName: 5 }],
  ])('answers 400 to %s', async (_name, body) => {
    const response = await api.post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('refuses bytes that are not UTF-8 rather than changing them', async () => {
    const body = Buffer.concat([Buffer.from('{"query":"{version}","operationName":"'), Buffer.of(0xff), Buffer.from('"}')]);
    const response = await fetch(api.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body,
    });
    expect(response.status).toBe(400);
  });

  test('gives text back byte for byte', async () => {
    const text = 'a\u0001\u2028é🙂\uFFFD\r\n"\\ z\u0301';
    const { body } = await api.call(
      'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { message recipient topic } } }',
      { input: { recipients: [text], message: text, topic: text } },
    );
    expect(body).toEqual({ data: { pushMessage: [{ item: { message: text, recipient: text, topic: text } }] } });
  });
});

describe('a body', () => {
  const bodyOf = (bytes: number) => {
    const text = JSON.stringify({ query, extensions: { padding: '' } });
    return text.replace('"padding":""', `"padding":"${'x'.repeat(bytes - text.length)}"`);
  };
  const limit = 16 * 1024 * 1024;

  test('of 16 MiB is taken', async () => {
    const response = await api.post(bodyOf(limit));
    expect(await response.json()).toEqual({ data: { version: '1.2.3' } });
  });

  test('of one byte more is refused with 413, in JSON', async () => {
    const response = await api.post(bodyOf(limit + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ errors: [{ message: expect.any(String), extensions: { code: 'BAD_REQUEST' } }] });
  });

  test('of unknown length is refused once it is too long', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(
        api.url,
        { method: 'POST', headers: { 'content-type': 'application/json', 'x-api-key': KEY } },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      );
      outgoing.on('error', reject);
      for (let i = 0; i < 17; i++) outgoing.write('x'.repeat(1024 * 1024));
      outgoing.end();
    });
    expect(status).toBe(413);
  });

  test('is not waited for where the key is not valid', async () => {
    const { port } = new URL(api.url);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\nx-api-key: tk_bad\r\n\r\n',
    );
    const first = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
    expect(first.toString()).toMatch(/^HTTP\/1\.1 401 /);
    socket.destroy();
  });
});

describe('GET', () => {
  test('asks queries, with variables and operationName', async () => {
    const document = encodeURIComponent('query A($id: ID!) { message(id: $id) { id } } query B { version }');
    const variables = encodeURIComponent(JSON.stringify({ id: 'x' }));
    const a = await get(`?query=${document}&operationName=A&variables=${variables}`);
    expect(await a.json()).toEqual({ data: { message: null } });
    expect(await (await get(`?query=${document}&operationName=B`)).json()).toEqual({ data: { version: '1.2.3' } });
  });

  test('with an empty operationName is as without', async () => {
    for (const search of [
      '?query={version}&operationName=',
      '?operationName=&query={version}',
      '?query={version}&operationName=&x=1',
    ]) {
      expect(await (await get(search)).json()).toEqual({ data: { version: '1.2.3' } });
    }
    const two = encodeURIComponent('query A { version } query operationName { version }');
    expect(await (await get(`?query=${two}&operationName=operationName`)).json()).toEqual({ data: { version: '1.2.3' } });
    expect(await (await get(`?query=${two}&operationName=`)).json()).toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_RESOLUTION_FAILURE' } }],
    });
  });

  test('refuses mutations with 405, and executes nothing', async () => {
    const before = api.store.contents;
    const response = await get(`?query=${encodeURIComponent(push)}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(api.store.contents).toBe(before);
  });

  test('without a query is 400', async () => {
    expect((await get('')).status).toBe(400);
    expect((await get('?query={version}&query={version}')).status).toBe(400);
    expect((await get('?query={version}&variables=x')).status).toBe(400);
  });

  test('by HEAD has no body', async () => {
    const response = await fetch(`${api.url}?query={version}`, { method: 'HEAD', headers: { 'x-api-key': KEY } });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });
});

test('other methods are refused with 405', async () => {
  for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
    const response = await fetch(api.url, { method, headers: { 'x-api-key': KEY } });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  }
});

describe('the media type', () => {
  test.each([
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    [RESPONSE_TYPE, RESPONSE_TYPE],
    [`${RESPONSE_TYPE}, application/json`, RESPONSE_TYPE],
    [`application/json, ${RESPONSE_TYPE}`, 'application/json'],
    [`${RESPONSE_TYPE};q=0.5, application/json;q=0.9`, 'application/json'],
    [`${RESPONSE_TYPE}, application/json;q=0.9`, RESPONSE_TYPE],
    [`application/json;q=0, ${RESPONSE_TYPE}`, RESPONSE_TYPE],
    ['application/*', 'application/json'],
    ['text/html, */*;q=0.1', 'application/json'],
  ])('for %s is %s', async (accept, expected) => {
    const { headers, body } = await api.call(query, {}, { headers: { accept } });
    expect(headers.get('content-type')).toBe(`${expected}; charset=utf-8`);
    expect(body).toEqual({ data: { version: '1.2.3' } });
  });

  test('that nobody can give is refused before anything is executed', async () => {
    const before = api.store.contents;
    const { status } = await api.call(push, {}, { headers: { accept: 'image/png' } });
    expect(status).toBe(406);
    expect(api.store.contents).toBe(before);
  });
});

describe('a document that cannot be executed', () => {
  test.each([
    ['cannot be parsed', '{', 'GRAPHQL_PARSE_FAILED'],
    ['asks for what there is not', '{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has brackets 5,000 deep', `{ messages(filter: ${'['.repeat(5000)}`, 'GRAPHQL_PARSE_FAILED'],
    ['has selections 5,000 deep', '{a'.repeat(5000), 'GRAPHQL_PARSE_FAILED'],
    ['has 40,000 tokens', `{ ${'version '.repeat(40_000)} }`, 'GRAPHQL_PARSE_FAILED'],
    ['has the same field 2,000 times', `{ ${'version '.repeat(2000)} }`, 'GRAPHQL_PARSE_FAILED'],
    [
      'has lists 5,000 deep in an argument',
      `{ message(id: ${'['.repeat(5000)}${']'.repeat(5000)}) { id } }`,
      'GRAPHQL_PARSE_FAILED',
    ],
    ['subscribes', 'subscription { version }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscribes beside a query', 'subscription A { version } { version }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has an operation of no kind', 'observe { version }', 'GRAPHQL_PARSE_FAILED'],
    ['has fragments only', 'fragment F on Query { version }', 'GRAPHQL_VALIDATION_FAILED'],
    ['defines a type', 'type A { b: Int }', 'GRAPHQL_VALIDATION_FAILED'],
    ['defers', '{ ... @defer { version } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['streams', '{ topics @stream(initialCount: 1) { name } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has a fragment in itself', '{ ...A } fragment A on Query { ...A }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has a variable of no type', 'query ($a: Nothing) { message(id: $a) { id } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['has two operations and no choice', 'query A { version } query B { version }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('because it %s is 200 in JSON and 400 in the new type', async (_name, document, code) => {
    const json = await api.call(document);
    expect([json.status, json.body.errors?.[0]?.extensions.code, 'data' in json.body]).toEqual([200, code, false]);
    const modern = await api.call(document, {}, { headers: { accept: RESPONSE_TYPE } });
    expect([modern.status, modern.body.errors?.[0]?.extensions.code, 'data' in modern.body]).toEqual([400, code, false]);
    expect(JSON.stringify([json.body, modern.body])).not.toMatch(/stack|node_modules/i);
  });
});

describe('an operation that cannot be chosen or executed is the mistake of its client', () => {
  const introspection = '{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }';
  test.each<[string, object]>([
    ['subscription', { query: 'subscription { version }' }],
    ['subscription among queries', { query: 'query A { version } subscription B { version }', operationName: 'B' }],
    ['name that no operation has', { query: 'query A { version }', operationName: 'B' }],
    ['nothing', { query: '' }],
    ['comment', { query: '# nothing' }],
    ['fragment', { query: 'fragment F on Query { version }' }],
    ['definition of a type', { query: 'type A { b: Int }' }],
    ['@defer', { query: '{ ... @defer { version } }' }],
    ['deep introspection', { query: introspection }],
    ['type that there is not', { query: '{ __type(name: "Nothing") { name } }' }],
    ['directive without its variable', { query: 'query ($if: Boolean!) { version @skip(if: $if) }' }],
    ['directive with null', { query: 'query ($if: Boolean = true) { version @skip(if: $if) }', variables: { if: null } }],
    ['variable that is nowhere', { query: '{ version }', variables: { a: { b: [1] } } }],
    ['variable of an output type', { query: 'query ($a: Message) { version @skip(if: $a) }' }],
    ['__proto__', { query: '{ __proto__ }', variables: JSON.parse('{"__proto__":1}') }],
    ['name of a method of objects', { query: '{ constructor toString: version }' }],
    ['operation of a name that objects have', { query: 'query A { version }', operationName: 'constructor' }],
    ['number out of range', { query: '{ messages(limit: 99999999999) { nextToken } }' }],
    [
      'number out of range in a variable',
      { query: 'query ($n: Int) { messages(limit: $n) { nextToken } }', variables: { n: 1e30 } },
    ],
  ])('%s', async (_name, body) => {
    const logger = keepingLogger();
    const own = await startApi({ logger });
    try {
      const answer = await own.post(body);
      expect(answer.status).toBeLessThan(500);
      expect(await answer.text()).not.toContain('INTERNAL_SERVER_ERROR');
      expect(logger.lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([]);
    } finally {
      await own.node.stop();
    }
  });
});

describe('caches and proxies', () => {
  const cacheOf = ({ headers }: Response) => [
    headers.get('cache-control'),
    headers.get('vary'),
    headers.get('x-content-type-options'),
  ];
  const own = ['private, no-store', 'accept, x-api-key', 'nosniff'];

  test.each<[string, () => Promise<Response>]>([
    ['a query', () => get('?query={version}')],
    ['a query by HEAD', () => fetch(`${api.url}?query={version}`, { method: 'HEAD', headers: { 'x-api-key': KEY } })],
    ['a POST', () => api.post({ query })],
    ['a refused key', () => get('?query={version}', { 'x-api-key': 'tk_bad' })],
    ['a bad request', () => get('')],
    ['a mutation by GET', () => get(`?query=${encodeURIComponent(push)}`)],
    ['a body that is no JSON', () => api.post('{')],
    ['a method that is none', () => fetch(api.url, { method: 'PUT', headers: { 'x-api-key': KEY } })],
  ])('keep no answer to %s for anybody else', async (_name, ask) => {
    expect(cacheOf(await ask())).toEqual(own);
  });

  test('tell the page from the answers at its address', async () => {
    const page = await get('', { accept: 'text/html' });
    expect(cacheOf(page)).toEqual(['no-cache', 'accept, x-api-key, accept-encoding', 'nosniff']);
  });

  test('an upgrade that is not ours is ignored', async () => {
    const { status, body } = await getWithH2c(Number(new URL(api.url).port), '/graphql?query={version}');
    expect([status, JSON.parse(body).errors[0].extensions.code]).toEqual([401, 'UNAUTHENTICATED']);
  });

  test('a slash at the end changes nothing', async () => {
    const answer = await fetch(`${api.url}/?query={version}`, { headers: { 'x-api-key': KEY } });
    expect([cacheOf(answer), await answer.json()]).toEqual([own, { data: { version: '1.2.3' } }]);
    const posted = await fetch(`${api.url}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': KEY },
      body: JSON.stringify({ query }),
    });
    expect(await posted.json()).toEqual({ data: { version: '1.2.3' } });
  });
});

describe('every answer has x-request-id', () => {
  const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const idOf = async (path: string, headers: Record<string, string> = {}) => {
    const answer = await fetch(new URL(path, api.url), { headers });
    return [answer.status, answer.headers.get('x-request-id')] as const;
  };

  test.each([
    ['/graphql?query={version}', 200, { 'x-api-key': KEY }],
    ['/graphql?query={version}', 401, {}],
    ['/graphql?query={', 200, { 'x-api-key': KEY }],
    ['/graphql?query={version}', 406, { 'x-api-key': KEY, accept: 'text/plain' }],
    ['/nowhere', 404, {}],
  ] as const)('%s, %d', async (path, expected, headers) => {
    const [status, made] = await idOf(path, headers);
    expect([status, made]).toEqual([expected, expect.stringMatching(UUID)]);
    expect((await idOf(path, headers))[1]).not.toBe(made);
    expect(await idOf(path, { ...headers, 'x-request-id': 'The_callers-1' })).toEqual([expected, 'The_callers-1']);
  });

  test('what is no request, too', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
    const chunks: Buffer[] = [];
    socket.on('error', () => {});
    for await (const chunk of socket) chunks.push(chunk);
    expect(Buffer.concat(chunks).toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*x-request-id: [\da-f-]{36}\r\n/);
  });

  test.each([
    ['the longest', 'x'.repeat(64), true],
    ['one that is longer', 'x'.repeat(65), false],
    ['an empty one', '', false],
    ['one with a blank', 'a b', false],
    ['one with a dot, as a token has', 'a.b', false],
    ['letters that are not of ASCII', 'é', false],
  ])("of the caller's: %s", async (_name, given, taken) => {
    const [, id] = await idOf('/graphql?query={version}', { 'x-api-key': KEY, 'x-request-id': given });
    expect(id).toEqual(taken ? given : expect.stringMatching(UUID));
  });

  test('a fault has it in answer, header and log', async () => {
    const logger = keepingLogger();
    const own = await startApi({ logger });
    const id = randomBytes(9).toString('base64url');
    await own.call(push);
    Object.assign(own.store.messages[0] ?? {}, { createdAt: 'not a date' });
    const below = await own.call('{ messages { items { createdAt } } }', {}, { headers: { 'x-request-id': id } });
    own.store.failure = new Error('of the inside');
    const thrown = await own.call(push, {}, { headers: { 'x-request-id': id } });
    for (const answer of [below, thrown]) {
      expect(answer.headers.get('x-request-id')).toBe(id);
      expect(answer.body.errors?.[0]?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: id });
    }
    expect(logger.lines).toMatchObject([{ fields: { requestId: id } }, { fields: { requestId: id } }]);
    await own.node.stop();
  });
});

test.each(['idle', 'dripping'] as const)('an %s connection is closed before its request is there', async (kind) => {
  const own = await startApi({ headTimeoutMs: 60 });
  expect(await closedSlowHead(Number(new URL(own.url).port), kind)).toMatch(/^HTTP\/1\.1 408 /);
  await own.node.stop();
});

test('of more than 1,000 connections of one address that ask nothing, the oldest is closed', async () => {
  let ahead = 0;
  const timers = { ...systemTimers, now: () => systemTimers.now() + ahead };
  const own = await startApi({ timers });
  const port = Number(new URL(own.url).port);
  const oldest = await openIdleSockets(port, 1);
  const others = await openIdleSockets(port, 999);
  // A request of the same address is answered all the same; its connection is one of them afterwards.
  expect((await own.call('{version}')).status).toBe(200);
  ahead = 3_000;
  const last = await openIdleSockets(port, 1);
  await closedByPeer(oldest[0] as Socket);
  expect((await own.call('{version}')).status).toBe(200);
  for (const socket of [...others, ...last]) socket.destroy();
  await own.node.stop();
});

test('10,000 names as literals pass', async () => {
  const names = Array.from({ length: 10_000 }, (_, i) => `"lit${i}"`).join(' ');
  const { body } = await api.call(`mutation { pushMessage(input: { recipients: [${names}], message: "hi" }) { index } }`);
  expect((body.data as unknown as { pushMessage: unknown[] }).pushMessage).toHaveLength(10_000);
});

test('10,000 entries are answered in order, refused ones among them', async () => {
  const recipients = Array.from({ length: 10_000 }, (_, i) => (i === 1_234 ? '' : `many${i}`));
  const query = 'mutation($input: MessageInput!) { pushMessage(input: $input) { index item { recipient } error { code } } }';
  const { body } = await api.call(query, { input: { recipients, message: 'hi' } });
  const refused = { item: null, error: { code: 'BAD_USER_INPUT' } };
  expect(body.data).toEqual({
    pushMessage: recipients.map((recipient, index) => ({
      index,
      ...(recipient === '' ? refused : { item: { recipient }, error: null }),
    })),
  });
});

test('the same mutation under two names takes place twice, in order', async () => {
  const one = (text: string) => `pushMessage(input: { recipients: ["twice"], message: "${text}" }) { item { message } }`;
  const { body } = await api.call(`mutation { a: ${one('first')} b: ${one('second')} }`);
  expect(body).toEqual({ data: { a: [{ item: { message: 'first' } }], b: [{ item: { message: 'second' } }] } });
  const stored = api.store.messages.filter(({ recipient }) => recipient === 'twice');
  expect(stored.map(({ message }) => message)).toEqual(['first', 'second']);
});

test('persisted queries and unknown paths are refused', async () => {
  const persisted = await api.post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } });
  expect(await persisted.json()).toMatchObject({ errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } }] });
  expect((await fetch(new URL('/nowhere', api.url))).status).toBe(404);
});

test('a connection is kept for 75 s', async () => {
  const response = await api.post({ query });
  expect(response.headers.get('keep-alive')).toBe('timeout=75');
});
