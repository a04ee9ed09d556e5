import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { buildSchema, printSchema } from 'graphql';
import { sdl } from '../../../src/generated/graphql/sdl.js';
import { KEY, startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const ask = (headers: Record<string, string> = {}, method = 'GET') =>
  fetch(new URL('/schema.graphql', api.url), { method, headers: { 'x-api-key': KEY, ...headers } });

test('the schema is one file, as the service executes it', async () => {
  const answer = await ask();
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
  const text = await answer.text();
  expect(printSchema(buildSchema(text))).toBe(sdl);
  expect(text).toContain('"""The version of the service."""');
});

test('a key with no scope at all gets it, since introspection tells as much', async () => {
  api.keys.add('tk_nothing', { scope: '' });
  expect((await ask({ 'x-api-key': 'tk_nothing' })).status).toBe(200);
});

test.each([
  ['none', ''],
  ['a bad one', 'tk_bad'],
])('with %s for a key it is 401', async (_name, key) => {
  const answer = await ask({ 'x-api-key': key });
  expect([answer.status, answer.headers.get('etag'), answer.headers.get('cache-control')]).toEqual([
    401,
    null,
    'private, no-store',
  ]);
  expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
});

describe('who has it already', () => {
  test.each<[string, (etag: string) => string, number]>([
    ['is told so', (etag) => etag, 304],
    ['is told so by a weak tag, as proxies make them', (etag) => `W/${etag}`, 304],
    ['is told so among others', (etag) => `"x", ${etag}`, 304],
    ['is told so by a star', () => '*', 304],
    ['gets the new one instead of another', () => '"x"', 200],
  ])('%s', async (_name, tagOf, status) => {
    const etag = (await ask()).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[\w-]+"$/);
    const answer = await ask({ 'if-none-match': tagOf(etag) });
    expect([answer.status, answer.headers.get('etag'), (await answer.text()) === '']).toEqual([status, etag, status === 304]);
  });

  test('needs the key all the same', async () => {
    expect((await ask({ 'if-none-match': '*', 'x-api-key': '' })).status).toBe(401);
  });
});

test('by HEAD it has its length and no body', async () => {
  const answer = await ask({}, 'HEAD');
  expect([answer.status, await answer.text()]).toEqual([200, '']);
  expect(Number(answer.headers.get('content-length'))).toBeGreaterThan(10_000);
  expect((await ask({ 'x-api-key': '' }, 'HEAD')).status).toBe(401);
});

test('a slash at the end changes nothing, and other methods are refused', async () => {
  const slash = await fetch(new URL('/schema.graphql/', api.url), { headers: { 'x-api-key': KEY } });
  expect(slash.status).toBe(200);
  const posted = await ask({}, 'POST');
  expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
});
