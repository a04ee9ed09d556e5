import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shortenLists } from '../../../src/api/execution/long-lists.js';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const list = (length: number) => Array.from({ length }, (_, n) => `r-${n}`);

test('a list that is far too long is refused like one that is a little too long', async () => {
  const push = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }';
  const [little, far] = await Promise.all(
    [10_001, 300_000].map((length) => api.call(push, { input: { recipients: list(length), message: 'x' } })),
  );
  expect(little?.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'input.recipients' } }]);
  expect([far?.status, far?.body]).toEqual([little?.status, little?.body]);
});

test('lists that an input takes, and those in JSON objects, stay as they are', () => {
  const body = { variables: { ids: list(10_000), input: { recipients: list(20_000), events: [{ data: { a: list(20_000) } }] } } };
  shortenLists(body);
  expect(body.variables.ids).toHaveLength(10_000);
  expect(body.variables.input.recipients).toHaveLength(10_001);
  expect(body.variables.input.events[0]?.data.a).toHaveLength(20_000);
});
