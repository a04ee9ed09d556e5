import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { buildSchema, parse, printSchema, validate } from 'graphql';
import { OPERATIONS } from '../../packages/sdk/src/generated/operations.js';
import { Tidings, VERSION } from '../../packages/sdk/src/index.js';
import { documentWith, type Operation } from '../../packages/sdk/src/sdk-operation.js';
import { sdl } from '../../src/generated/graphql/sdl.js';

const schema = buildSchema(sdl);
const namesOf = (type: { getFields(): object } | null | undefined) => Object.keys(type?.getFields() ?? {});
const subscribed = (name: string) => `subscribe${name[0]?.toUpperCase()}${name.slice(1)}`;

const METHODS = [
  ...namesOf(schema.getQueryType()),
  ...namesOf(schema.getMutationType()),
  ...namesOf(schema.getSubscriptionType()).map(subscribed),
];

test.each(METHODS)('the client has a method for the root field %s', (name) => {
  expect(typeof (Tidings.prototype as unknown as Record<string, unknown>)[name]).toBe('function');
});

test('the client has no method for what is not there', () => {
  expect(Object.keys(OPERATIONS).sort()).toEqual([...METHODS].sort());
});

describe.each(Object.entries<Operation>(OPERATIONS))('what %s sends', (_name, operation) => {
  const included = [...operation.document.matchAll(/<(\w+):/g)].map(([, name = '']) => name);
  test.each([[[]], ...included.map((name) => [[name]])])('fits the schema, including %j', (include: string[]) => {
    expect(validate(schema, parse(documentWith(operation, include)))).toEqual([]);
  });
});

test('the file in the package is the schema', () => {
  const file = readFileSync(new URL('../../packages/sdk/schema.graphql', import.meta.url), 'utf8');
  expect(printSchema(buildSchema(file))).toBe(sdl);
});

test('the package has the version of the service', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(VERSION).toBe(version);
});
