import { describe, expect, test } from '@jest/globals';
import { TidingsError } from '../../../src/core/domain/errors.js';
import { hasLength, isCleanText } from '../../../src/core/domain/text.js';
import { parseSourceIp } from '../../../src/core/validation/address-range.js';
import { parseDateTime, parseRangeEnd } from '../../../src/core/validation/date-time.js';
import { parseOrigin } from '../../../src/core/validation/origin.js';
import { createPageTokens, type PageScope } from '../../../src/core/validation/page-token.js';
import { parseRecipients } from '../../../src/core/validation/recipients.js';

const errorOf = (parse: () => unknown) => {
  try {
    return { accepted: parse() };
  } catch (error) {
    if (error instanceof TidingsError) return { code: error.code, ...error.details };
    throw error;
  }
};
const refused = { code: 'BAD_USER_INPUT', field: 'input.x' };

describe('a date and time', () => {
  test.each([
    ['2023-07-18T15:00:00', '2023-07-18T15:00:00.000Z'],
    ['2023-07-18T15:00:00Z', '2023-07-18T15:00:00.000Z'],
    ['2023-07-18t15:00:00z', '2023-07-18T15:00:00.000Z'],
    ['2023-07-18T15:00:00.1', '2023-07-18T15:00:00.100Z'],
    ['2023-07-18T15:00:00.1239999999999Z', '2023-07-18T15:00:00.123Z'],
    ['2023-07-18T15:00:00+02:00', '2023-07-18T13:00:00.000Z'],
    ['2023-07-18T15:00:00-23:59', '2023-07-19T14:59:00.000Z'],
    ['2023-07-18T15:00:00-00:00', '2023-07-18T15:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['1969-12-31T23:00:00-01:00', '1970-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
    // A leap second that took place, told in two zones.
    ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
    ['2016-12-31T15:59:60.5-08:00', '2017-01-01T00:00:00.500Z'],
  ])('%s is %s', (text, expected) => expect(parseDateTime('input.x', text).toISOString()).toBe(expected));

  test.each([
    '',
    ' 2023-07-18T15:00:00Z',
    '2023-07-18T15:00:00Z\n',
    '2023-07-18 15:00:00Z',
    '2023-07-18T15:00Z',
    '2023-07-18T15:00:00,5Z',
    '2023-07-18T15:00:00.Z',
    '2023-07-18T15:00:00+0200',
    '2023-07-18T15:00:00+02',
    '2023-07-18T15:00:00+24:00',
    '2023-07-18T15:00:00+01:60',
    '2023-07-18T15:00:00 Z',
    '2023-07-18T15:00:00UTC',
    '2023-07-18T24:00:00Z',
    '2023-07-18T15:60:00Z',
    '2023-07-18T15:00:60Z',
    '2023-07-18T23:59:60Z',
    '2016-12-31T23:59:61Z',
    '2023-02-29T00:00:00Z',
    '2023-04-31T00:00:00Z',
    '2023-13-01T00:00:00Z',
    '2023-00-01T00:00:00Z',
    '2023-01-00T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '0099-01-01T00:00:00Z',
    '1970-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '10000-01-01T00:00:00Z',
    '+2023-07-18T15:00:00Z',
    '2023-W29-2',
    '2023-199',
    '2023-07-18',
    '٢٠٢٣-٠٧-١٨T15:00:00Z',
    'now',
    'infinity',
    'epoch',
    '1689692400',
  ])('%j is refused', (text) => expect(errorOf(() => parseDateTime('input.x', text))).toEqual(refused));
});

describe('an end of a range', () => {
  test('may be a bare date: its first moment, or its last', () => {
    expect(parseRangeEnd('x', '2024-02-29', 'from').toISOString()).toBe('2024-02-29T00:00:00.000Z');
    expect(parseRangeEnd('x', '2024-02-29', 'to').toISOString()).toBe('2024-02-29T23:59:59.999Z');
    expect(parseRangeEnd('x', '2024-02-29T12:00:00', 'to').toISOString()).toBe('2024-02-29T12:00:00.000Z');
  });
  test.each(['2023-02-29', '1969-12-31', '2023-7-18', '2023-07'])('is refused as %s', (text) =>
    expect(errorOf(() => parseRangeEnd('input.x', text, 'to'))).toEqual(refused),
  );
});

describe('text', () => {
  test('is clean unless it has lone surrogates or U+0000', () => {
    expect(['', 'é🙂\u2028', '\u0001'].map(isCleanText)).toEqual([true, true, true]);
    expect(['\ud800', 'a\udc00b', '\udc00\ud800', 'a\0'].map(isCleanText)).toEqual([false, false, false, false]);
  });
  test('is counted in code points', () => {
    expect(hasLength('🙂'.repeat(256), 256)).toBe(true);
    expect(hasLength('🙂'.repeat(257), 256)).toBe(false);
    expect(hasLength(`a${'🙂'.repeat(255)}`, 256)).toBe(true);
    expect(hasLength(`aa${'🙂'.repeat(255)}`, 256)).toBe(false);
    expect(hasLength('', 256)).toBe(false);
  });
});

test('repeated recipients collapse to their first position, and bad ones are refused there', async () => {
  const parsed = await parseRecipients(['b', 'a', '', 'b', 'x'.repeat(257), '', 'c']);
  expect(parsed.accepted).toEqual([
    { index: 0, recipient: 'b' },
    { index: 1, recipient: 'a' },
    { index: 6, recipient: 'c' },
  ]);
  expect(parsed.refused.map(({ index }) => index)).toEqual([2, 4]);
});

describe('an origin', () => {
  test.each([
    ['https://example.org', 'https://example.org'],
    ['HTTPS://Example.ORG:443', 'https://example.org'],
    ['http://example.org:80', 'http://example.org'],
    ['http://localhost:8080', 'http://localhost:8080'],
    ['https://[2001:DB8::1]:8443', 'https://[2001:db8::1]:8443'],
    ['https://bücher.example', 'https://xn--bcher-kva.example'],
  ])('%s is %s', (text, expected) => expect(parseOrigin('input.x', text)).toBe(expected));
  test.each([
    'https://',
    'https://a/',
    'https://a:',
    'https://a:b',
    'https://a:65536',
    'https://a b',
    'https:a',
    'https:\\\\a',
    'https://a\tb',
    'wss://a',
    '//a',
    'https://%00',
    'https://*.example.org',
  ])('%j is refused', (text) => expect(errorOf(() => parseOrigin('input.x', text))).toEqual(refused));
});

describe('a source address', () => {
  test.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.129/25', '192.0.2.128/25'],
    ['192.0.2.1/32', '192.0.2.1'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['2001:db8::1/128', '2001:db8::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1/120', '192.0.2.0/24'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::/0', '::/0'],
  ])('%s is %s', (text, expected) => expect(parseSourceIp('input.x', text)).toBe(expected));
  test.each([
    '',
    '1',
    '1.2.3',
    '01.2.3.4',
    '0x7f.0.0.1',
    '1.2.3.4.5',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '1.2.3.4/33',
    '::1%lo',
    ':::',
    '1::2::3',
    '/8',
    '1.2.3.4 ',
  ])('%j is refused', (text) => expect(errorOf(() => parseSourceIp('input.x', text))).toEqual(refused));
});

describe('the token of a page', () => {
  const scope: PageScope = { tenantId: 't1', query: 'messages', filter: { recipient: 'ann', createdAt: null } };
  const id = '0189c3f0-1234-7abc-8def-000000000001';
  const tokens = createPageTokens(['a'.repeat(32)]);
  const token = tokens.seal(scope, id);

  test('opens for the query that it was made for', () => expect(tokens.open('x', scope, token)).toBe(id));

  test.each([
    ['another tenant', { ...scope, tenantId: 't2' }],
    ['another query', { ...scope, query: 'globalMessages' as const }],
    ['another filter', { ...scope, filter: { recipient: 'bob', createdAt: null } }],
  ])('does not open for %s', (_name, other) => expect(errorOf(() => tokens.open('input.x', other, token))).toEqual(refused));

  test('does not open if any of its characters was changed, or was added or left out', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    for (let i = 0; i < token.length; i++) {
      const next = alphabet[(alphabet.indexOf(token[i] as string) + 1) % 64];
      expect(errorOf(() => tokens.open('input.x', scope, token.slice(0, i) + next + token.slice(i + 1)))).toEqual(refused);
    }
    for (const other of [`${token}=`, `${token}A`, ` ${token}`, token.slice(1), token.slice(0, -1), '', `${token}${token}`]) {
      expect(errorOf(() => tokens.open('input.x', scope, other))).toEqual(refused);
    }
  });

  test('survives a rotation of secrets', () => {
    const moved = createPageTokens(['b'.repeat(32), 'a'.repeat(32)]);
    expect(moved.open('x', scope, token)).toBe(id);
    expect(errorOf(() => createPageTokens(['b'.repeat(32)]).open('input.x', scope, token))).toEqual(refused);
  });
});
