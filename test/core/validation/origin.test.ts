import { describe, expect, test } from '@jest/globals';
import { parseOrigin } from '../../../src/core/validation/origin.js';
import { errorOf, refused } from './support.js';

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
