import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getIntrospectionQuery, graphqlSync, parse } from 'graphql';
import { createExecutor } from '../../../src/api/execution/executor.js';
import { createSchema } from '../../../src/api/graphql/schema.js';
import { introspectedFields } from '../../../src/api/introspection/introspected-fields.js';
import { IntrospectionPace } from '../../../src/api/introspection/introspection-pace.js';
import { startApi, type TestApi } from '../support/api.js';

let api: TestApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.node.stop());

const repeated = (count: number, field: (n: number) => string) => Array.from({ length: count }, (_, n) => field(n)).join(' ');
const fieldsOf = (query: string, variableValues: Record<string, unknown> = {}) =>
  introspectedFields({ document: parse(query), operationName: undefined, variableValues }, createSchema(), 1_000_000);

const EVERYTHING = getIntrospectionQuery({
  descriptions: true,
  specifiedByUrl: true,
  directiveIsRepeatable: true,
  schemaDescription: true,
  inputValueDeprecation: true,
  oneOf: true,
});

describe('questions about the schema', () => {
  test('those that tools ask are answered, and are far from the bound', async () => {
    const { body } = await api.call(EVERYTHING);
    expect(body.errors).toBeUndefined();
    expect(body.data).toMatchObject({ __schema: { queryType: { name: 'Query' } } });
    expect(fieldsOf(EVERYTHING)).toBeLessThan(10_000);
  });

  test.each([
    [
      'aliases of a fragment',
      `{ ${repeated(300, (n) => `a${n}: __schema { ...T }`)} } fragment T on __Schema { types { name fields { name } } }`,
    ],
    ['aliases within', `{ __schema { types { ${repeated(400, (n) => `a${n}: fields { name }`)} } } }`],
  ])('%s beyond the bound are refused, and nothing else is executed', async (_, query) => {
    const asked = await api.post({ query: query.replace('{', '{ version '), variables: {} });
    expect(asked.status).toBe(200);
    const answer = (await asked.json()) as { data?: unknown; errors: Array<{ message: string; extensions: object }> };
    expect(answer.data).toBeUndefined();
    expect(answer.errors).toMatchObject([
      {
        message: 'the document asks for more than 15000 fields of the schema',
        extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
      },
    ]);
  });

  test.each([
    [
      'once',
      '{ a: __schema { types { ...T } } b: __type(name: "Message") { name ...T } __typename } fragment T on __Type { name kind }',
    ],
    ['merged', '{ __type(name: "Nothing") { name } a: __schema { queryType { name } } a: __schema { types { name } } }'],
    [
      'with variables',
      'query ($name: String = "Message") { __type(name: $name) { name } b: __schema @skip(if: true) { types { name } } }',
    ],
  ])('several at once are answered as graphql-js does, %s and again', async (_, query) => {
    const { schema } = createExecutor(createSchema());
    const { data } = graphqlSync({ schema, source: query });
    for (let i = 0; i < 2; i++) {
      const answer = (await (await api.post({ query })).json()) as unknown;
      expect(JSON.stringify(answer)).toBe(JSON.stringify({ data }));
    }
    const other = await api.post({ query, variables: { name: 'Query' } });
    const expected = graphqlSync({ schema, source: query, variableValues: { name: 'Query' } });
    expect(await other.json()).toEqual({ data: expected.data });
  });

  test('what directives leave out does not count, nor what is no question about the schema', () => {
    const query = 'query ($on: Boolean!) { __schema @include(if: $on) { types { name } } version }';
    expect(fieldsOf(query, { on: false })).toBe(0);
    expect(fieldsOf(query, { on: true })).toBeGreaterThan(50);
    expect(fieldsOf('{ version messages { items { id } } }')).toBe(0);
    expect(fieldsOf('{ __type(name: "Nothing") { fields { name } } }')).toBe(1);
  });
});

describe('the pace of questions about the schema', () => {
  test('is kept for each tenant by itself, and one that asks far too often is told when to come back', async () => {
    let now = 0;
    const due: Array<{ at: number; run: () => void }> = [];
    const pace = new IntrospectionPace({
      now: () => now,
      after: (ms, run) => {
        due.push({ at: now + ms, run });
        return () => {};
      },
      random: () => 0,
    });
    expect(await pace.turn('a', 500_000)).toBeNull();
    const second = pace.turn('a', 600_000);
    expect(due.map(({ at }) => at)).toEqual([5_000]);
    expect(await pace.turn('b', 1)).toBeNull();
    expect(await pace.turn('a', 1)).toBe(11);
    now = 5_000;
    due[0]?.run();
    expect(await second).toBeNull();
  });
});
