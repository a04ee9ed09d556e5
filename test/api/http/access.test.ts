import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { unavailable } from '../../../src/core/domain/errors.js';
import { KEY, startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());
afterEach(() => {
  api.keys.failure = null;
});

const introspection = '{ __schema { queryType { name } } }';
const push = 'mutation { pushMessage(input: { recipients: ["ann"], message: "hi" }) { item { id } } }';

describe('a caller without a valid key', () => {
  const unauthenticated = { errors: [{ message: expect.any(String), extensions: { code: 'UNAUTHENTICATED' } }] };

  beforeAll(() => {
    api.keys.add('tk_expired', { expiresAt: new Date(Date.now() - 1) });
    api.keys.add('tk_revoked', { revokedAt: new Date() });
    api.keys.add('tk_disabled', { tenantActive: false });
  });

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['an unknown one', 'tk_unknown'],
    ['an expired one', 'tk_expired'],
    ['a revoked one', 'tk_revoked'],
    ['one of a disabled tenant', 'tk_disabled'],
    ['one that is far too long', 'k'.repeat(8000)],
  ])('gets 401 with %s, for introspection too', async (_name, key) => {
    for (const query of [introspection, push]) {
      const response = await fetch(api.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(key !== undefined && { 'x-api-key': key }) },
        body: JSON.stringify({ query }),
      });
      expect(response.status).toBe(401);
      expect(response.headers.get('content-type')).toContain('application/json');
      expect(await response.json()).toEqual(unauthenticated);
    }
    expect(api.store.messages).toHaveLength(0);
  });

  test('gets 401 before its body is looked at', async () => {
    const response = await fetch(api.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{ no json' });
    expect(response.status).toBe(401);
  });

  test('gets 401 by GET and by any other method', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      expect((await fetch(`${api.url}?query={version}`, { method })).status).toBe(401);
    }
  });
});

test('a key that cannot be checked is no reason for 401: 503', async () => {
  api.keys.failure = unavailable('the database is away');
  const { status, body } = await api.call('{ version }', {}, { key: 'tk_not_seen_before' });
  expect(status).toBe(503);
  expect(body).toEqual({
    errors: [{ message: expect.any(String), extensions: { code: 'SERVICE_UNAVAILABLE', outcome: 'NOT_ACCEPTED' } }],
  });
});

describe('a field outside the scope', () => {
  test('is null with FORBIDDEN, nothing of it is executed, the others are', async () => {
    const { tenantId } = api.keys.add('tk_push', { scope: 'websockets-manager-api:mutation:pushMessage' });
    const { status, body } = await api.call(
      `mutation {
        revokeRecipient(input: { recipient: "ann" }) { revokedAt }
        pushMessage(input: { recipients: ["ann"], message: "hi" }) { item { recipient } }
      }`,
      {},
      { key: 'tk_push' },
    );
    expect(status).toBe(200);
    expect(body.data).toEqual({ revokeRecipient: null, pushMessage: [{ item: { recipient: 'ann' } }] });
    expect(body.errors).toMatchObject([{ path: ['revokeRecipient'], extensions: { code: 'FORBIDDEN' } }]);
    expect(api.store.revocations).toHaveLength(0);
    expect(api.store.messages.filter((message) => message.tenantId === tenantId)).toHaveLength(1);
  });

  test('is told apart by the name of the field, not of its alias', async () => {
    api.keys.add('tk_version', { scope: 'websockets-manager-api:query:version' });
    const { body } = await api.call('{ version: messages { nextToken } }', {}, { key: 'tk_version' });
    expect(body.data).toEqual({ version: null });
    expect(body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });

  test('is every field for an empty scope, while introspection is allowed', async () => {
    api.keys.add('tk_nothing', { scope: '' });
    const forbidden = await api.call('{ messages { nextToken } }', {}, { key: 'tk_nothing' });
    expect(forbidden.body.errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const allowed = await api.call(introspection, {}, { key: 'tk_nothing' });
    expect(allowed.body).toEqual({ data: { __schema: { queryType: { name: 'Query' } } } });
  });
});

test('a tenant sees its own data only', async () => {
  api.keys.add('tk_other');
  const pushed = await api.call(push);
  const id = (pushed.body.data as unknown as { pushMessage: [{ item: { id: string } }] }).pushMessage[0].item.id;
  const query = 'query ($id: ID!) { message(id: $id) { id } messages { items { id } } }';
  expect((await api.call(query, { id })).body.data).toEqual({ message: { id }, messages: { items: [{ id }] } });
  expect((await api.call(query, { id }, { key: 'tk_other' })).body.data).toEqual({ message: null, messages: { items: [] } });
});

test('many calls with one key ask the database once', async () => {
  api.keys.add('tk_busy');
  const before = api.keys.lookups;
  await Promise.all(Array.from({ length: 20 }, () => api.call('{ version }', {}, { key: 'tk_busy' })));
  expect(api.keys.lookups - before).toBe(1);
});

test('the key of full scope works', async () => {
  expect((await api.call('{ version }', {}, { key: KEY })).body).toEqual({ data: { version: '1.2.3' } });
});
