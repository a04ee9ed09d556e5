import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { DocumentNode } from 'graphql';
import { buildSchema, getOperationAST, parse, validate } from 'graphql';
import { getVariableValues } from 'graphql/execution/values.js';
import { VARIABLE_NAMES } from '../../src/config/environment.js';
import * as key from '../../src/console/app/data/current-key.js';
import * as names from '../../src/console/app/data/names-question.js';
import * as globals from '../../src/console/app/views/globals/globals-question.js';
import * as audit from '../../src/console/app/views/keys/audit-question.js';
import * as keys from '../../src/console/app/views/keys/keys-question.js';
import * as message from '../../src/console/app/views/message/message-question.js';
import * as messages from '../../src/console/app/views/messages/messages-question.js';
import * as overview from '../../src/console/app/views/overview/overview-question.js';
import * as recipient from '../../src/console/app/views/recipient/recipient-question.js';
import * as statusEvents from '../../src/console/app/views/status-events/status-events-question.js';
import * as tryIt from '../../src/console/app/views/try-it/try-it-question.js';
import * as attempts from '../../src/console/app/views/webhooks/attempts-question.js';
import * as webhooks from '../../src/console/app/views/webhooks/webhooks-question.js';
import { EXAMPLE_TABS } from '../../src/console/page/example-tabs.js';

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

const questions = Object.entries({
  ...key,
  ...names,
  ...messages,
  ...message,
  ...recipient,
  ...globals,
  ...keys,
  ...audit,
  ...overview,
  ...statusEvents,
  ...webhooks,
  ...attempts,
  ...tryIt,
}).flatMap(([name, value]) => (typeof value === 'object' && 'text' in value ? [[name, value.text] as const] : []));

test.each(questions)("the console's question %s fits the schema", (_name, text) => {
  expect(validate(schema, parse(text))).toEqual([]);
});

test('the console asks nothing that the test above does not know', () => {
  const folder = new URL('../../src/console/app/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
  const made = sources.flatMap((name) => readFileSync(new URL(name, folder), 'utf8').match(/= operation</g) ?? []);
  expect(questions).toHaveLength(made.length);
});

test('settings that docs/operations.md and the README name exist', () => {
  const root = new URL('../../', import.meta.url);
  const text = ['docs/operations.md', 'README.md'].map((path) => readFileSync(new URL(path, root), 'utf8')).join('\n');
  const named = new Set(text.match(/\b[A-Z]{3,}(?:_[A-Z]+)+\b/g));
  const known = new Set([
    ...VARIABLE_NAMES,
    'NOT_ACCEPTED',
    'NODE_EXTRA_CA_CERTS',
    'SERVICE_UNAVAILABLE',
    'TIDINGS_API_KEY',
    'TIDINGS_API_KEY_FILE',
    // Stands for a slip of the pen.
    'REDIS_PREFX',
    'SOME_TOKEN',
    'TOKEN_SECRET_FILE',
    'SECRETS_KEY_FILE',
    'NAME_FILE',
  ]);
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !known.has(name))).toEqual([]);
});
