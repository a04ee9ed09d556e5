import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { DocumentNode } from 'graphql';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { VARIABLE_NAMES } from '../../src/config/environment.js';
import { EXAMPLE_TABS } from '../../src/console/page/example-tabs.js';
import { MESSAGE_HISTORY } from '../../src/console/page/message-history-query.js';

const folder = new URL('../../schema/', import.meta.url);
const schema = buildSchema(
  readdirSync(folder)
    .filter((name) => name.endsWith('.graphql'))
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n'),
);

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
  expect(problems(MESSAGE_HISTORY, { recipient: 'a', nextToken: null })).toEqual([]);
});

test('settings that docs/operations.md and the README name exist', () => {
  const root = new URL('../../', import.meta.url);
  const text = ['docs/operations.md', 'README.md'].map((path) => readFileSync(new URL(path, root), 'utf8')).join('\n');
  const named = new Set(text.match(/\b[A-Z]{3,}(?:_[A-Z]+)+\b/g));
  const known = new Set([
    ...VARIABLE_NAMES,
    'NOT_ACCEPTED',
    'NODE_EXTRA_CA_CERTS',
    'TIDINGS_API_KEY',
    'SOME_TOKEN',
    'TOKEN_SECRET_FILE',
    'NAME_FILE',
  ]);
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});
