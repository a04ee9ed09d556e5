import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { shortenVariables } from '../../../src/api/execution/short-variables.js';
import { createSchema } from '../../../src/api/graphql/schema.js';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const PUSH = 'mutation ($input: MessageInput!) { pushMessage(input: $input) { index } }';
const list = (length: number) => Array.from({ length }, (_, n) => `r-${n}`);
const names = (count: number) => Object.fromEntries(list(count).map((name) => [name, 1]));
const fieldsOf = (errors: unknown) =>
  (errors as Array<{ extensions: { field: string } }>).map(({ extensions }) => extensions.field);

/** Bounds the length of an answer to what a small mistake gets. */
const SHORT = 20_000;

test('a list that is far too long is refused like one that is a little too long', async () => {
  const [little, far] = await Promise.all(
    [10_001, 300_000].map((length) => api.call(PUSH, { input: { recipients: list(length), message: 'x' } })),
  );
  expect(little?.body.errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', field: 'input.recipients' } }]);
  expect([far?.status, far?.body]).toEqual([little?.status, little?.body]);
});

test('an input with 100,000 names that it does not have is refused for the first ones, in few words', async () => {
  const { body } = await api.call(PUSH, { input: { recipients: ['a'], message: 'x'.repeat(1_000_000), ...names(100_000) } });
  expect(fieldsOf(body.errors)).toEqual(list(10).map((name) => `input.${name}`));
  expect(body.errors).toMatchObject(Array(10).fill({ extensions: { code: 'BAD_USER_INPUT' } }));
  const small = await api.call(PUSH, { input: { ...names(2), recipients: ['a'], message: 'x' } });
  expect(fieldsOf(small.body.errors)).toEqual(['input.r-0', 'input.r-1']);
});

test.each([
  ['an object in place of a text', { recipients: ['a'], message: names(50_000) }, 'input.message'],
  ['objects in place of names', { recipients: Array(100).fill(names(1_000)), message: 'x' }, 'input.recipients[0]'],
  ['a list in place of a text', { recipients: ['a'], message: [names(50_000)] }, 'input.message'],
])('%s is quoted in few words', async (_, input, field) => {
  const { body } = await api.call(PUSH, { input });
  expect(fieldsOf(body.errors)[0]).toBe(field);
  expect(JSON.stringify(body).length).toBeLessThan(SHORT);
});

test('a long text in place of a number or of one of few words is quoted in few words', async () => {
  const long = 'x'.repeat(1_000_000);
  const { body } = await api.call(
    'query ($limit: Int, $status: MessageStatus) { messages(limit: $limit, filter: { status: $status }) { nextToken } }',
    { limit: long, status: long },
  );
  expect(fieldsOf(body.errors)).toEqual(['limit', 'filter.status']);
  expect(JSON.stringify(body).length).toBeLessThan(SHORT);
});

test('what an input takes stays as it is, and so do values of any shape', () => {
  const document = parse('mutation ($ids: [ID!], $one: [ID!], $events: PublishEventsInput!, $push: MessageInput) { a }');
  const operation = document.definitions.find((part): part is OperationDefinitionNode => part.kind === Kind.OPERATION_DEFINITION);
  const variables = {
    ids: list(10_000),
    one: 'r-0',
    events: { events: [{ topic: 'a', type: 'update', data: { a: list(20_000), ...names(200) } }] },
    push: { recipients: list(10_000), message: 'é'.repeat(32_768) },
    other: list(20_000),
  };
  const before = structuredClone(variables);
  shortenVariables(createSchema(), operation as OperationDefinitionNode, variables);
  expect(variables).toEqual(before);
});
