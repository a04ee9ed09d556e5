import { describe, expect, test } from '@jest/globals';
import { modeOf, offersV1, readOffer } from '../../src/protocol/subprotocols.js';

describe('an offer of subprotocols', () => {
  test.each<[string | undefined, ReturnType<typeof readOffer>]>([
    [undefined, { protocol: null, tokens: [] }],
    ['', { protocol: null, tokens: [] }],
    ['chat', { protocol: null, tokens: [] }],
    ['tidings.plain', { protocol: 'tidings.plain', tokens: [] }],
    ['chat, tidings.v1', { protocol: 'tidings.v1', tokens: [] }],
    ['tidings.v1,tidings.plain', { protocol: 'tidings.v1', tokens: [] }],
    ['tidings.plain, tidings.v1', { protocol: 'tidings.plain', tokens: [] }],
    ['tidings.token.a.b.c, tidings.v1', { protocol: 'tidings.v1', tokens: ['a.b.c'] }],
    ['tidings.token.a, tidings.token.b', { protocol: null, tokens: ['a', 'b'] }],
    ['tidings.token.', { protocol: null, tokens: [''] }],
  ])('%s', (header, offer) => {
    expect(readOffer(header)).toEqual(offer);
  });

  test.each([
    [undefined, false],
    ['tidings.plain', false],
    ['tidings.token.tidings.v1, tidings.plain', false],
    ['tidings.v1', true],
    ['tidings.plain, tidings.v1', true],
    ['chat,tidings.plain,tidings.v1,tidings.token.a', true],
  ])('%s: names tidings.v1: %s', (header, offered) => {
    expect(offersV1(header)).toBe(offered);
  });

  test('nothing and tidings.plain mean plain', () => {
    expect([null, 'tidings.plain', 'tidings.v1'].map((protocol) => modeOf(protocol as Parameters<typeof modeOf>[0]))).toEqual([
      'plain',
      'plain',
      'v1',
    ]);
  });
});
