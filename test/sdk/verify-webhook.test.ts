import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { verifyWebhook, WebhookVerificationError } from '../../packages/sdk/src/index.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOW = 1_700_000_000_000;
const AT = String(NOW / 1000);
const BODY = JSON.stringify({
  id: 'e1',
  type: 'message.delivered',
  timestamp: '2023-11-14T22:13:20.000Z',
  data: { recipient: 'änn' },
});

function sign(body: string | Buffer, { secret = SECRET, id = 'e1', at = AT } = {}): string {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${at}.`).update(body).digest('base64')}`;
}

const headersOf = (signature: string, at = AT) => ({
  'webhook-id': 'e1',
  'webhook-timestamp': at,
  'webhook-signature': signature,
});
const verify = (body: string | Uint8Array, headers: Parameters<typeof verifyWebhook>[1], secret: string | string[] = SECRET) =>
  verifyWebhook(body, headers, secret, { now: NOW });

test('what the library of the specification signs is good', () => {
  const signature = new Webhook(SECRET).sign('e1', new Date(NOW), BODY);
  expect(verify(BODY, headersOf(signature))).toMatchObject({ id: 'e1' });
});

test('a request that is signed is parsed', () => {
  expect(verify(BODY, headersOf(sign(BODY)))).toMatchObject({ type: 'message.delivered', data: { recipient: 'änn' } });
});

test('its body may be bytes, its headers those of Node, of fetch, or in capitals', () => {
  const signature = sign(BODY);
  const names = { 'Webhook-Id': 'e1', 'Webhook-Timestamp': AT, 'Webhook-Signature': [signature] };
  for (const headers of [headersOf(signature), new Headers(headersOf(signature)), names]) {
    expect(verify(Buffer.from(BODY), headers)).toMatchObject({ id: 'e1' });
  }
});

test('one of several signatures is enough, and one of several secrets', () => {
  const both = `${sign(BODY, { secret: OTHER })} ${sign(BODY)}`;
  expect(verify(BODY, headersOf(both))).toMatchObject({ id: 'e1' });
  expect(verify(BODY, headersOf(sign(BODY)), [OTHER, SECRET])).toMatchObject({ id: 'e1' });
});

describe('what is refused', () => {
  const good = headersOf(sign(BODY));
  test.each([
    ['a body that was changed', `${BODY} `, good, SECRET],
    ['another secret', BODY, good, OTHER],
    ['another id', BODY, { ...good, 'webhook-id': 'e2' }, SECRET],
    ['another time', BODY, { ...good, 'webhook-timestamp': String(Number(AT) + 1) }, SECRET],
    ['a signature of another version', BODY, { ...good, 'webhook-signature': sign(BODY).replace('v1,', 'v2,') }, SECRET],
    ['no signature', BODY, { ...good, 'webhook-signature': '' }, SECRET],
    ['no header of it', BODY, { 'webhook-id': 'e1', 'webhook-timestamp': AT }, SECRET],
    ['a time that is none', BODY, headersOf(sign(BODY, { at: 'now' }), 'now'), SECRET],
    ['an old time', BODY, headersOf(sign(BODY, { at: String(Number(AT) - 301) }), String(Number(AT) - 301)), SECRET],
    ['a time to come', BODY, headersOf(sign(BODY, { at: String(Number(AT) + 301) }), String(Number(AT) + 301)), SECRET],
    ['a body that is no JSON', 'x', headersOf(sign('x')), SECRET],
  ])('%s', (_name, body, headers, secret) => {
    expect(() => verify(body, headers, secret)).toThrow(WebhookVerificationError);
  });

  test('a secret that is none is the mistake of its owner', () => {
    expect(() => verify(BODY, good, '')).toThrow(TypeError);
  });
});
