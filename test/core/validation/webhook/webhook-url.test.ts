import { describe, expect, test } from '@jest/globals';
import { TidingsError } from '../../../../src/core/domain/errors.js';
import { compileAddressPolicy } from '../../../../src/core/validation/webhook/address-policy.js';
import { parseWebhookUrl } from '../../../../src/core/validation/webhook/webhook-url.js';

const everybody = compileAddressPolicy([]);
const listed = compileAddressPolicy(['127.0.0.0/8']);

function refusal(text: string, policy = everybody): string {
  try {
    parseWebhookUrl('input.url', text, policy);
  } catch (error) {
    if (error instanceof TidingsError && error.code === 'BAD_USER_INPUT' && error.details.field === 'input.url')
      return error.message;
    throw error;
  }
  return 'accepted';
}

describe('the URL of a webhook', () => {
  test.each([
    'https://example.org',
    'https://example.org:443/a?b=c',
    'https://example.org:1024/',
    'HTTPS://Bücher.example./x',
    'https://8.8.8.8/',
  ])('is taken as it is: %s', (text) => {
    expect(parseWebhookUrl('input.url', text, everybody)).toBe(text);
  });

  test.each([
    ...[
      '2130706433',
      '0x7f000001',
      '0x7f.1',
      '0177.0.0.1',
      '017700000001',
      '127.1',
      '127.0.0.1.',
      '0',
      '１２７.0.0.1',
      '127。0。0。1',
    ],
    ...['[::1]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[fd00::1]', '169.254.169.254'],
  ])('is refused if it shows an address that is not global: %s', (host) => {
    expect(refusal(`https://${host}/`)).toBe('address not allowed');
  });

  test.each([
    ['', 'such as'],
    ['example.org', 'such as'],
    ['ftp://example.org/', 'such as'],
    ['https:///example.org', 'such as'],
    ['https:\\\\example.org', 'such as'],
    ['https://exa mple.org/', 'such as'],
    ['https://example.org/\n', 'such as'],
    ['https://[fe80::1%25eth0]/', 'such as'],
    [`https://example.org/${'x'.repeat(2048)}`, 'characters'],
    ['http://example.org/', 'https://'],
    ['http://8.8.8.8/', 'WEBHOOK_ALLOW'],
    ['https://example.org:80/', 'port'],
    ['https://example.org:1023/', 'port'],
    ['https://example.org:0/', 'port'],
    ['https://user@example.org/', 'credentials'],
    ['https://user:secret@example.org/', 'credentials'],
    ['https://@example.org/', 'credentials'],
    ['https://8.8.8.8:443@127.0.0.1/', 'credentials'],
  ])('is refused: %s', (text, why) => {
    expect(refusal(text)).toContain(why);
  });

  test('may have any scheme and port where the operator lists addresses', () => {
    for (const text of ['http://127.0.0.1:80/', 'http://127.0.0.1/', 'https://127.0.0.1:1/', 'http://name.internal:8080/']) {
      expect(refusal(text, listed)).toBe('accepted');
    }
    expect(refusal('http://10.0.0.1/', listed)).toContain('https://');
    expect(refusal('https://10.0.0.1/', listed)).toBe('address not allowed');
    expect(refusal('http://u@127.0.0.1/', listed)).toContain('credentials');
  });
});
