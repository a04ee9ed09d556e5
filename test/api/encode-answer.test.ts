import { expect, test } from '@jest/globals';
import { GraphQLError } from 'graphql';
import { encodeAnswer } from '../../src/api/encode-answer.js';

const long = Array.from({ length: 1_001 }, (_, index) => ({ index, item: { id: `"${index}"` }, error: null }));

test.each([
  ['short', { data: { version: '1', messages: { items: [] } } }],
  ['without data', { data: null, errors: [new GraphQLError('no')] }],
  ['refused before it was executed', { errors: [new GraphQLError('no')] }],
  ['long', { data: { pushMessage: long } }],
  [
    'long, beside others and errors',
    { errors: [new GraphQLError('no')], data: { a: null, b: long, c: { d: 1 }, e: long.slice(0, 500) } },
  ],
  ['long, with extensions', { data: { a: long }, extensions: { b: [1] } }],
])('an answer that is %s is the same JSON as in one go', async (_, answer) => {
  const plain = JSON.parse(JSON.stringify(answer));
  expect(JSON.parse(await encodeAnswer(answer))).toEqual(plain);
});
