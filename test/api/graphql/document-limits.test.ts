import { describe, expect, test } from '@jest/globals';
import { createDocumentLimits } from '../../../src/api/graphql/document-limits.js';

const TOO_MANY = 'more than 5000 pairs of fields of one name';
const times = (count: number, text: (n: number) => string) => Array.from({ length: count }, (_, n) => text(n)).join(' ');

describe('fields of one name in one place of the answer are bounded in pairs', () => {
  test.each<[string, string]>([
    ['one field again and again', `{ ${times(101, () => 'a')} }`],
    ['with arguments and directives', `{ ${times(101, (n) => `a(x: { a: ${n} }) @include(if: true) { b }`)} }`],
    ['behind aliases', `{ ${times(101, (n) => `a: f${n}`)} }`],
    ['in inline fragments', `{ ${times(101, () => '... on T @skip(if: false) { a }')} }`],
    ['in fragments that may stand together', `{ x } ${times(101, (n) => `fragment f${n} on T { a }`)}`],
    ['level upon level', `{ ${times(5, () => `a { ${times(5, () => `b { ${times(5, () => 'c')} }`)} }`)} }`],
  ])('%s', (_, document) => {
    expect(createDocumentLimits()(document)).toBe(TOO_MANY);
  });

  test.each<[string, string]>([
    ['a hundred of one field', `query Q { ${times(100, () => 'a { }')} }`],
    ['fields of one name in different places', `{ ${times(300, (n) => `a${n}: messages(limit: 1) { items { id } }`)} }`],
    ['names in arguments', `{ a(x: { ${times(300, () => 'b: 1')} }) }`],
    ['types, directives and spreads', `{ ${times(150, (n) => `a${n} @d ...F ... on T { x${n} }`)} } fragment F on T { y }`],
    ['operations beside one another', times(150, (n) => `query q${n} { b${n} }`)],
  ])('but not %s', (_, document) => {
    expect(createDocumentLimits()(document)).toBeNull();
  });
});
