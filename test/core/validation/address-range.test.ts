import { describe, expect, test } from '@jest/globals';
import { compileAddressRange, parseAddressRange } from '../../../src/core/validation/address-range.js';
import { errorOf, refused } from './support.js';

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
  ])('%s is %s', (text, expected) => expect(parseAddressRange('input.x', text)).toBe(expected));
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
  ])('%j is refused', (text) => expect(errorOf(() => parseAddressRange('input.x', text))).toEqual(refused));
});

describe('a range', () => {
  const contains = (range: string, address: string) => compileAddressRange(range)?.contains(address);

  test.each([
    ['192.0.2.128/25', '192.0.2.200'],
    ['192.0.2.0/24', '::ffff:192.0.2.7'],
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.0/120', '192.0.2.7'],
    ['2001:db8::/32', '2001:DB8:1::1'],
    ['fe80::/10', 'fe80::1%eth0'],
  ])('%s contains %s', (range, address) => expect(contains(range, address)).toBe(true));

  test.each([
    ['192.0.2.128/25', '192.0.2.127'],
    ['::/0', '192.0.2.1'],
    ['::/0', '::ffff:192.0.2.1'],
    ['0.0.0.0/0', '2001:db8::1'],
    ['0.0.0.0/0', '10.1'],
    ['0.0.0.0/0', '012.1.2.3'],
    ['0.0.0.0/0', '167838211'],
    ['0.0.0.0/0', ''],
  ])('%s does not contain %j', (range, address) => expect(contains(range, address)).toBe(false));
});
