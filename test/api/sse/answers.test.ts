import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { KEY, startApi, type TestApi } from '../support/api.js';

const EVENTS = 'text/event-stream';
const COMPLETE = 'event: complete\ndata:\n\n';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const ask = async (body: unknown, headers: Record<string, string> = {}) => {
  const response = await api.post(body, { accept: EVENTS, ...headers });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, type: response.headers.get('content-type') };
};

/** The result in an answer of one event. */
function resultIn(text: string) {
  const [, json = ''] = /^event: next\ndata: (.*)\n\nevent: complete\ndata:\n\n$/.exec(text) ?? [];
  return JSON.parse(json || 'null');
}

describe('an operation that is asked for as events', () => {
  test('is one event, and that it is complete', async () => {
    const { status, text, headers } = await ask({ query: '{ version }' }, { 'x-request-id': 'mine' });
    expect([status, text]).toEqual([200, `event: next\ndata: {"data":{"version":"1.2.3"}}\n\n${COMPLETE}`]);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-store, no-transform',
      'x-accel-buffering': 'no',
      'x-request-id': 'mine',
      'x-content-type-options': 'nosniff',
    });
    expect(headers.get('content-encoding')).toBeNull();
  });

  test('is a mutation as well as a query, with the guards of both', async () => {
    const push = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { message } error { code } } }';
    const { text } = await ask({ query: push, variables: { input: { recipients: ['ann'], message: 'two\r\nlines' } } });
    expect(resultIn(text)).toEqual({ data: { pushMessage: [{ item: { message: 'two\r\nlines' }, error: null }] } });
  });

  test('is introspection, which tells what can be subscribed to', async () => {
    const { text } = await ask({ query: '{ __schema { subscriptionType { fields { name } } } }' });
    expect(resultIn(text).data.__schema.subscriptionType.fields).toEqual([{ name: 'statusEvents' }]);
  });

  test.each<[string, unknown, string]>([
    ['cannot be parsed', { query: '{' }, 'GRAPHQL_PARSE_FAILED'],
    ['asks for what there is not', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['has brackets 5,000 deep', { query: `{ messages(filter: ${'['.repeat(5000)}` }, 'GRAPHQL_PARSE_FAILED'],
    ['has no document', {}, 'BAD_REQUEST'],
    [
      'names an operation that is not there',
      { query: 'query A { version }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['is no JSON', 'nonsense', 'BAD_REQUEST'],
    [
      'has a wrong variable',
      { query: 'query ($n: Int) { messages(limit: $n) { nextToken } }', variables: { n: 'x' } },
      'BAD_USER_INPUT',
    ],
  ])('tells as an event that it %s', async (_name, body, code) => {
    const { status, text, type } = await ask(body);
    expect([status, type, resultIn(text)?.errors[0].extensions.code]).toEqual([200, 'text/event-stream; charset=utf-8', code]);
  });

  test('tells so of a body that is too long, or of another kind', async () => {
    const long = await ask(JSON.stringify({ query: 'x'.repeat(17 * 1024 * 1024) }));
    expect([long.status, resultIn(long.text).errors[0].extensions.code]).toEqual([200, 'BAD_REQUEST']);
    const form = await ask('query={version}', { 'content-type': 'application/x-www-form-urlencoded' });
    expect([form.status, resultIn(form.text).errors[0].extensions.code]).toEqual([200, 'BAD_REQUEST']);
  });

  test('tells so of what the scope does not grant', async () => {
    api.keys.add('tk_little', { scope: '', tenantId: api.tenantId });
    const { status, text } = await ask({ query: '{ topics { name } }' }, { 'x-api-key': 'tk_little' });
    expect([status, resultIn(text).errors[0].extensions.code]).toEqual([200, 'FORBIDDEN']);
  });

  test.each(['', 'tk_unknown'])('is refused as every call is, without a good key: “%s”', async (key) => {
    const { status, type, text } = await ask({ query: '{ version }' }, { 'x-api-key': key });
    expect([status, type]).toEqual([401, 'application/json; charset=utf-8']);
    expect(JSON.parse(text).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });

  test('is not answered to GET, which no EventSource could send with a key', async () => {
    for (const method of ['GET', 'HEAD']) {
      const response = await fetch(`${api.url}?query={version}`, { method, headers: { accept: EVENTS, 'x-api-key': KEY } });
      expect(response.status).toBe(406);
      await response.text();
    }
  });
});

test.each([
  ['application/json, text/event-stream', 'application/json; charset=utf-8'],
  ['text/event-stream, application/json;q=0.9', 'text/event-stream; charset=utf-8'],
  ['text/event-stream;q=0.5, application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json, text/event-stream', 'application/graphql-response+json; charset=utf-8'],
  ['text/event-stream', 'text/event-stream; charset=utf-8'],
  ['TEXT/EVENT-STREAM', 'text/event-stream; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
])('who accepts %s gets %s', async (accept, type) => {
  const { status, type: answered } = await ask({ query: '{ version }' }, { accept });
  expect([status, answered]).toEqual([200, type]);
});

test.each(['text/event-stream;q=0', 'text/*', 'text/plain'])('who accepts %s gets nothing', async (accept) => {
  expect((await ask({ query: '{ version }' }, { accept })).status).toBe(406);
});
