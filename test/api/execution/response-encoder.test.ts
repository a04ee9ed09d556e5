import { expect, test } from '@jest/globals';
import { type FormattedExecutionResult, GraphQLError } from 'graphql';
import { EncodedValue, encodeResponse } from '../../../src/api/execution/response-encoder.js';

const entries = [{ index: 0, item: { id: '"0"' }, error: null }];
const errors = [new GraphQLError('no').toJSON()];

test.each<[string, FormattedExecutionResult]>([
  ['plain', { data: { version: '1', messages: { items: [] }, topics: null } }],
  ['of no fields', { data: {} }],
  ['without data', { data: null, errors }],
  ['refused before it was executed', { errors }],
  ['with errors beside its data', { errors, data: { 'a"': null, b: entries } }],
  ['with extensions', { data: { a: entries }, extensions: { b: [1] } }],
  ['with errors and extensions', { errors, data: { a: null }, extensions: {} }],
])('an answer that is %s is the same JSON as in one go, encoded before or not', (_, answer) => {
  expect(encodeResponse(answer)).toBe(JSON.stringify({ errors: undefined, data: undefined, ...answer }));
  if (!answer.data) return;
  const data = Object.fromEntries(
    Object.entries(answer.data).map(([name, value]) => [name, new EncodedValue(JSON.stringify(value))]),
  );
  const encoded = JSON.parse(encodeResponse({ ...answer, data }));
  expect(encoded).toEqual(JSON.parse(JSON.stringify(answer)));
});
