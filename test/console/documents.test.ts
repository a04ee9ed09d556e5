import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { DocumentNode } from 'graphql';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { EXAMPLE_TABS } from '../../src/console/page/examples.js';
import { FATES } from '../../src/console/page/fate.js';

const folder = new URL('../../schema/', import.meta.url);
const sdl = readdirSync(folder)
  .filter((name) => name.endsWith('.graphql'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));
const schema = buildSchema(sdl.join('\n'));

function problems(document: DocumentNode, variables: Record<string, unknown>) {
  const operation = getOperationAST(document);
  const values = getVariableValues(schema, operation?.variableDefinitions ?? [], variables);
  return [...validate(schema, document), ...(values.errors ?? [])];
}

test.each(EXAMPLE_TABS.map(({ query, variables }) => [getOperationAST(parse(query))?.name?.value, query, variables] as const))(
  'the prepared example %s fits the schema, with its variables',
  (_name, query, variables) => {
    expect(problems(parse(query), JSON.parse(variables))).toEqual([]);
  },
);

test('the prepared examples are the calls of a first push, and one to everybody', () => {
  const names = EXAMPLE_TABS.map(({ query }) => getOperationAST(parse(query))?.name?.value);
  expect(names).toEqual(['registerRecipient', 'pushMessage', 'messages', 'pushGlobalMessage']);
});

test("the support view's query fits the schema", () => {
  expect(problems(FATES, { recipient: 'a', nextToken: null })).toEqual([]);
});

const written = [...readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8').matchAll(/^```graphql\n(.*?)^```/gms)];

test.each(written.map((match) => [match[1] as string]))('the documented call fits the schema: %s', (text) => {
  expect(validate(schema, parse(text))).toEqual([]);
});

test('every query and mutation is written about in docs/', () => {
  const docs = new URL('../../docs/', import.meta.url);
  const texts = readdirSync(docs).map((name) => readFileSync(new URL(name, docs), 'utf8'));
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) => Object.keys(type?.getFields() ?? {}));
  expect(fields.filter((field) => !texts.some((text) => new RegExp(`\\b${field}\\b`).test(text)))).toEqual([]);
});
