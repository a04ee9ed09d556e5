import { describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { textArray } from '../../../src/store/database/array-literals.js';
import { arrayReader } from '../../../src/store/session/column-types.js';

const TEXT_ARRAY: number = 1009;

describe('an array of texts that is read', () => {
  let quoted: string[];
  const read = arrayReader((literal) => {
    quoted.push(literal);
    return pg.types.getTypeParser(TEXT_ARRAY)(literal);
  });

  test.each([
    ['none', '{}', []],
    ['one', '{a}', ['a']],
    [
      'UUIDs',
      '{01890a5d-ac96-774b-bcce-b302099a8057,01890a5d-ac96-774b-bcce-b302099a8058}',
      ['01890a5d-ac96-774b-bcce-b302099a8057', '01890a5d-ac96-774b-bcce-b302099a8058'],
    ],
    ['a brace that closes', '{"}",b}', ['}', 'b']],
    ['null beside the word', '{NULL,"NULL"}', [null, 'NULL']],
    ['quotes, commas and backslashes', textArray(['a"b', 'c,d', 'e\\f', '']), ['a"b', 'c,d', 'e\\f', '']],
    [
      'two dimensions',
      '{{a,b},{c,d}}',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    ['bounds of its own', '[2:3]={a,b}', ['a', 'b']],
  ])('%s', (_, literal, values) => {
    quoted = [];
    expect(read(literal)).toEqual(values);
  });

  test('splits plain words by itself, and leaves the rest to pg', () => {
    quoted = [];
    for (const literal of ['{a,b}', '{"a"}', '{NULL}', '{{a}}', '[2:2]={a}']) read(literal);
    expect(quoted).toEqual(['{"a"}', '{NULL}', '{{a}}', '[2:2]={a}']);
  });
});
