import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isExactNumber, parseExactJson } from '../../../src/lib/json/exact-json.js';

describe('a number', () => {
  test.each([
    '0',
    '-0',
    '1',
    '1.5',
    '0.1',
    '0.10000000000000001',
    '3.141592653589793238',
    '1e5',
    '1E+5',
    '12e-3',
    '1e-400',
    '9007199254740991',
    '-9007199254740991',
    '9007199254740992',
    '9007199254740994',
    '9007199254740994.0',
    '1e25',
    '1.5e300',
    '12345678901234567000',
    '100000000000000000000',
    '0.9007199254740994e16',
  ])('%s comes out as it is', (text) => {
    expect(isExactNumber(text)).toBe(true);
    expect(parseExactJson(`{"a": [${text}]}`)).toEqual({ a: [Number(text)] });
  });

  test.each([
    '9007199254740993',
    '-9007199254740993',
    '9007199254740993.0',
    '9007199254740993e0',
    '0.9007199254740993e16',
    '12345678901234567890',
    '12345678901234567.89',
    '1234567890123456789e3',
    '1e400',
    '-1e400',
    `1${'0'.repeat(500)}`,
  ])('%s would come out as another one, and becomes infinite', (text) => {
    expect(isExactNumber(text)).toBe(false);
    const value = text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    for (const json of [`${text}`, `[${text}]`, `{"a":${text}}`, `{"a" : [1,\n${text} ] , "b": "${text}"}`]) {
      const parsed = JSON.stringify(parseExactJson(json), (_, found) => (found === value ? 'infinite' : found));
      expect(parsed).toContain('"infinite"');
      expect(parsed).not.toContain('null');
    }
  });
});

/** The integer that a double is written as. */
function asWritten(value: number): bigint {
  const [mantissa = '', exponent = '0'] = String(value).split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return BigInt(whole + fraction.padEnd(Number(exponent), '0'));
}

test('an integer is exact if and only if it is written as it was read', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 }), (integer, zeros) => {
      const rounded = integer - (integer % 10n ** BigInt(zeros));
      expect(isExactNumber(String(rounded))).toBe(asWritten(Number(rounded)) === rounded);
    }),
  );
});

test('strings are left alone, whatever looks like a number in them', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(': 9007199254740993', ',[1e999', '\\\\" 12345678901234567890'),
      (a, b) => {
        const value = { [a]: [a + b, b + a] };
        expect(parseExactJson(JSON.stringify(value))).toEqual(value);
      },
    ),
  );
});

test('what is no JSON is refused', () => {
  for (const text of ['', '{', '{"a": 12345678901234567890', '01234567890123456789', '"9007199254740993']) {
    expect(() => parseExactJson(text)).toThrow(SyntaxError);
  }
});
