import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import {
  BadUserInputError,
  PositionExpiredError,
  QuotaExceededError,
  Tidings,
  TidingsError,
} from '../../packages/sdk/src/index.js';
import { answer, refusal, scripted } from './scripted-service.js';

describe('the address', () => {
  test.each([
    ['http://127.0.0.1:4000', 'http://127.0.0.1:4000/graphql'],
    ['http://127.0.0.1:4000/', 'http://127.0.0.1:4000/graphql'],
    ['http://127.0.0.1:4000/graphql', 'http://127.0.0.1:4000/graphql'],
    ['https://example.org/push/graphql/', 'https://example.org/push/graphql'],
    ['https://example.org/push', 'https://example.org/push/graphql'],
  ])('%s is asked at %s', async (url, expected) => {
    const { tidings, asked } = scripted([answer({ version: '1' })], { url });
    await tidings.version();
    expect(asked[0]?.url).toBe(expected);
  });

  test.each(['', 'localhost:4000', 'ws://localhost:4000', 'http://user:word@localhost'])('%p is refused at once', (url) => {
    expect(() => new Tidings({ url, apiKey: 'tk_x' })).toThrow(TypeError);
  });
});

describe('the key', () => {
  test('goes in its header, and is shown by nobody who prints the client', async () => {
    const { tidings, asked } = scripted([answer({ version: '1' })]);
    await tidings.version();
    expect(asked[0]?.headers).toMatchObject({ 'x-api-key': 'tk_secret' });
    expect(inspect(tidings, { depth: 10, showHidden: true }) + JSON.stringify(tidings)).not.toContain('tk_secret');
  });

  // A variable that is not set is undefined.
  test.each(['', 'tk_a\n', 'tk_ä', undefined])('%p is refused at once, and not quoted', (apiKey) => {
    const make = () => new Tidings({ url: 'http://x', apiKey: apiKey as string });
    expect(make).toThrow(TypeError);
    expect(make).not.toThrow(/tk_/);
  });
});

describe('an error', () => {
  test('has its class, code, field and request', async () => {
    const refused = refusal('BAD_USER_INPUT', { field: 'input.expiresAt' });
    refused.headers.set('x-request-id', 'abc');
    const { tidings } = scripted([refused]);
    const error = await tidings.pushMessage({ recipients: ['ann'], message: 'hi' }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(BadUserInputError);
    expect(error).toBeInstanceOf(TidingsError);
    expect(error).toMatchObject({
      name: 'BadUserInputError',
      code: 'BAD_USER_INPUT',
      field: 'input.expiresAt',
      operation: 'pushMessage',
      requestId: 'abc',
    });
  });

  test.each([
    [QuotaExceededError, refusal('QUOTA_EXCEEDED', { limit: 1000, policy: 'pending' }), { limit: 1000, policy: 'pending' }],
    [PositionExpiredError, refusal('POSITION_EXPIRED', { oldest: '12' }), { oldest: '12' }],
    [TidingsError, refusal('SOMETHING_NEW'), { code: 'SOMETHING_NEW', field: null }],
  ])('%p tells what the service told', async (Class, refused, facts) => {
    const error = await scripted([refused])
      .tidings.version()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Class);
    expect(error).toMatchObject(facts);
  });

  test.each([
    ['a page', new Response('<html>', { status: 200 }), 'UNEXPECTED_ANSWER'],
    ['nothing', new Response('', { status: 404 }), 'UNEXPECTED_ANSWER'],
    ['a redirect', new Response('', { status: 302, headers: { location: 'http://elsewhere' } }), 'UNEXPECTED_ANSWER'],
    ['401 of a proxy', new Response('no', { status: 401 }), 'UNAUTHENTICATED'],
  ])('is made of %s, too', async (_name, response, code) => {
    await expect(scripted([response]).tidings.version()).rejects.toMatchObject({ code, status: response.status });
  });
});

describe('fields that are asked for on demand', () => {
  test('are left out, and named in the options they are asked for', async () => {
    const { tidings, asked } = scripted([answer({ message: { id: 'x' } })]);
    await tidings.message({ id: 'x' });
    await tidings.message({ id: 'x' }, { include: ['pendingReason'] });
    expect(asked.map(({ query }) => /pendingReason\{code since text\}/.test(query))).toEqual([false, true]);
    expect(asked[0]?.query).not.toMatch(/[<>]/);
  });

  test('null for an id that nothing has is an answer', async () => {
    expect(await scripted([answer({ message: null })]).tidings.message({ id: 'x' })).toBeNull();
  });

  test('null where there must be something is none', async () => {
    await expect(
      scripted([answer({ pushMessage: null })]).tidings.pushMessage({ recipients: [], message: '' }),
    ).rejects.toMatchObject({
      code: 'UNEXPECTED_ANSWER',
    });
  });
});

describe('pages', () => {
  const page = (ids: string[], nextToken: string | null) => answer({ messages: { items: ids.map((id) => ({ id })), nextToken } });
  const script = [page(['a', 'b'], 'one'), page([], 'two'), page(['c'], null)];

  test('are walked by items, over empty ones, with the same filter', async () => {
    const { tidings, asked } = scripted(script);
    const ids: string[] = [];
    for await (const { id } of tidings.messages({ filter: { recipient: 'ann' }, limit: 2 })) ids.push(id);
    expect(ids).toEqual(['a', 'b', 'c']);
    const filter = { recipient: 'ann' };
    expect(asked.map(({ variables }) => variables)).toEqual([
      { filter, limit: 2, nextToken: null },
      { filter, limit: 2, nextToken: 'one' },
      { filter, limit: 2, nextToken: 'two' },
    ]);
  });

  test('are asked for when they are wanted', async () => {
    const { tidings, asked } = scripted(script);
    for await (const { id } of tidings.messages()) if (id === 'b') break;
    expect(asked).toHaveLength(1);
  });

  test('are given as they are, from any position', async () => {
    const { tidings, asked } = scripted(script.slice(1));
    const sizes: number[] = [];
    for await (const { items } of tidings.messages({ nextToken: 'one' }).pages()) sizes.push(items.length);
    expect([sizes, asked[0]?.variables.nextToken]).toEqual([[0, 1], 'one']);
    expect(await scripted(script).tidings.messages().page()).toMatchObject({ nextToken: 'one' });
  });
});

test('a document of one’s own is sent as it is', async () => {
  const { tidings, asked } = scripted([answer({ version: '1', message: null })]);
  const data = await tidings.graphql<{ version: string }>('query ($id: ID!) { version message(id: $id) { id } }', { id: 'x' });
  expect(data.version).toBe('1');
  expect(asked[0]).toMatchObject({ query: 'query ($id: ID!) { version message(id: $id) { id } }', variables: { id: 'x' } });
});

test('moments may be given as dates', async () => {
  const { tidings, asked } = scripted([answer({ pushMessage: [] })]);
  await tidings.pushMessage({ recipients: ['ann'], message: 'hi', expiresAt: new Date(0) });
  expect(asked[0]?.variables.input).toMatchObject({ expiresAt: '1970-01-01T00:00:00.000Z' });
});
