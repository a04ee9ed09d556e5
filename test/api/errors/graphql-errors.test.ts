import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { TidingsError, unavailable } from '../../../src/core/domain/errors.js';
import { keepingLogger, startApi, type TestApi } from '../support/api.js';

const logger = keepingLogger();
let api: TestApi;
beforeAll(async () => {
  api = await startApi({ logger });
});
afterAll(() => api.node.stop());
afterEach(() => {
  api.store.failure = null;
  logger.lines.length = 0;
});

const push = 'mutation { pushMessage(input: { recipients: ["ann"], message: "a text of a message" }) { index } }';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('what a caller is told', () => {
  test.each([
    ['SERVICE_UNAVAILABLE', unavailable('away'), 503, { outcome: 'NOT_ACCEPTED' }],
    ['SERVICE_UNAVAILABLE', unavailable('broke off', 'UNKNOWN'), 503, { outcome: 'UNKNOWN' }],
    ['RATE_LIMITED', new TidingsError('RATE_LIMITED', 'too many', { retryAfter: 3 }), 429, { retryAfter: 3 }],
  ])('%s fails the whole call', async (code, failure, status, details) => {
    api.store.failure = failure;
    const answer = await api.call(push);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('retry-after')).toBe('retryAfter' in details ? String(details.retryAfter) : null);
    expect(answer.body).toEqual({
      data: null,
      errors: [
        { message: failure.message, path: ['pushMessage'], locations: expect.any(Array), extensions: { code, ...details } },
      ],
    });
  });

  test.each([
    ['IDEMPOTENCY_CONFLICT', {}],
    ['QUOTA_EXCEEDED', { limit: 1000 }],
    ['BAD_USER_INPUT', { field: 'input.message' }],
  ] as const)('%s is 200', async (code, details) => {
    api.store.failure = new TidingsError(code, 'why', details);
    const answer = await api.call(push);
    expect(answer.status).toBe(200);
    expect(answer.body.data).toEqual({ pushMessage: null });
    expect(answer.body.errors).toMatchObject([{ message: 'why', extensions: { code, ...details } }]);
  });

  test('a call of which something succeeded is 200', async () => {
    api.store.failure = unavailable('away');
    const { status, body } = await api.call('{ version messages { nextToken } }');
    expect(status).toBe(200);
    expect(body.data).toEqual({ version: '1.2.3', messages: null });
    expect(body.errors).toMatchObject([{ path: ['messages'], extensions: { code: 'SERVICE_UNAVAILABLE' } }]);
  });

  test('a call whose fields failed for several reasons has the status of the gravest', async () => {
    api.store.failure = unavailable('away');
    const { status, body } = await api.call('{ a: messages(limit: 0) { nextToken } b: messages { nextToken } }');
    expect(status).toBe(503);
    expect(body.errors).toHaveLength(2);
  });
});

test('a null of the caller in the selection of each entry is no fault, and nothing is logged of it', async () => {
  const query = 'query ($x: Boolean = true) { messages(limit: 1) { items { id @include(if: $x) } } }';
  await api.call(push);
  const { status, body } = await api.call(query, { x: null });
  expect(status).toBe(200);
  expect(body.data).toEqual({ messages: null });
  expect(body.errors).toMatchObject([{ path: ['messages', 'items', 0], extensions: { code: 'BAD_USER_INPUT', field: 'if' } }]);
  const several = await api.call(
    'mutation ($x: Boolean = true) { pushMessage(input: { recipients: ["a", "b"], message: "hi" }) { item { id @skip(if: $x) } } }',
    { x: null },
  );
  expect(several.body.data).toEqual({ pushMessage: [{ item: null }, { item: null }] });
  expect(several.body.errors?.map(({ extensions }) => extensions)).toEqual([
    { code: 'BAD_USER_INPUT', field: 'if' },
    { code: 'BAD_USER_INPUT', field: 'if' },
  ]);
  expect(logger.lines).toEqual([]);
});

describe('an unexpected fault', () => {
  test('has an id and nothing from inside; the log has that id, and no text of a message', async () => {
    const detail = 'Failing row contains (a text of a message)';
    api.store.failure = Object.assign(new Error('relation "secrets" does not exist'), { code: '42P01', detail });
    const { status, body } = await api.call(push);
    expect(status).toBe(200);
    expect(body.data).toEqual({ pushMessage: null });
    const [error] = body.errors ?? [];
    expect(error).toMatchObject({ message: 'Internal server error', path: ['pushMessage'] });
    expect(error?.extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR', requestId: expect.stringMatching(UUID) });
    expect(logger.lines).toEqual([
      {
        level: 'error',
        fields: {
          requestId: error?.extensions.requestId,
          err: { type: 'Error', code: '42P01', message: 'relation "secrets" does not exist', stack: expect.any(String) },
        },
        message: 'unexpected fault',
      },
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('a text of a message');
  });

  test('below a root field is told the same way', async () => {
    await api.call(push);
    const [stored] = api.store.messages;
    Object.assign(stored ?? {}, { createdAt: 'not a date' });
    const { body } = await api.call('{ messages { items { createdAt } } }');
    expect(body.errors).toMatchObject([
      { message: 'Internal server error', extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.stringMatching(UUID) } },
    ]);
    expect(logger.lines).toMatchObject([{ fields: { requestId: body.errors?.[0]?.extensions.requestId } }]);
  });

  test.each([
    ['a value that its type cannot answer', { message: { text: 'a text of a message' } }],
    ['a value in lines like those of a stack', { message: { 'a text of a message\n    at x': 1 } }],
    ['null where there is none', { message: null }],
  ])('in what graphql-js says of %s: the log has where it was, and not the value', async (_name, change) => {
    await api.call(push);
    Object.assign(api.store.messages.at(-1) ?? {}, change);
    const { body } = await api.call('{ messages(limit: 1) { items { message } } }');
    expect(body.errors).toEqual([
      {
        message: 'Internal server error',
        path: ['messages', 'items', 0, 'message'],
        locations: [{ line: 1, column: 32 }],
        extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.stringMatching(UUID) },
      },
    ]);
    expect(logger.lines).toMatchObject([
      {
        fields: {
          requestId: body.errors?.[0]?.extensions.requestId,
          err: { type: 'GraphQLError', path: ['messages', 'items', 0, 'message'], stack: expect.stringMatching(/^at /) },
        },
        message: 'unexpected fault',
      },
    ]);
    expect(JSON.stringify(logger.lines)).not.toContain('a text of a message');
  });
});
