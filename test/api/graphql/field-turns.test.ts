import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.node.stop());

test('root fields of a query are resolved two at a time, in their order', async () => {
  const asked: number[] = [];
  let underWay = 0;
  let most = 0;
  const list = api.store.listMessages.bind(api.store);
  api.store.listMessages = async (tenantId, query, after, limit) => {
    asked.push(limit);
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay--;
    return list(tenantId, query, after, limit);
  };
  const limits = Array.from({ length: 330 }, (_, i) => i + 1);
  const fields = limits.map((limit) => `m${limit}: messages(limit: ${limit}) { nextToken }`).join(' ');
  const { body } = await api.call(`{ ${fields} version }`);
  expect(body.errors).toBeUndefined();
  expect(Object.keys(body.data ?? {})).toEqual([...limits.map((limit) => `m${limit}`), 'version']);
  expect(asked).toEqual(limits);
  expect(most).toBe(2);
});

test('a root field that fails gives its turn to the next', async () => {
  const fields = Array.from({ length: 10 }, (_, i) => `m${i}: messages(limit: ${i === 9 ? 1 : 0}) { nextToken }`).join(' ');
  const { body } = await api.call(`{ ${fields} }`);
  expect(body.errors).toHaveLength(9);
  expect(body.data).toMatchObject({ m0: null, m9: { nextToken: null } });
});
