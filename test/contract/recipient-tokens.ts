import { describe, expect, test } from '@jest/globals';
import {
  type RecipientClaims,
  type RecipientTokens,
  type TokenRefusal,
  TokenRefused,
} from '../../src/core/ports/recipient-tokens.js';

const NOW = 1_800_000_000_123;

export const exampleClaims: RecipientClaims = {
  tenantId: '0189c3f0-0000-7000-8000-000000000001',
  recipient: 'ann 🙂',
  topic: null,
  sourceIp: null,
  origin: null,
  revocation: 0,
  tokenId: 'b4a6a3c4-1f0c-4c4e-9d61-6f1f1a3f0b11',
  issuedAt: NOW,
  expiresAt: NOW + 60_001,
  subscribe: [],
  publish: [],
};

const SECRET_A = 'a'.repeat(32);
const SECRET_B = 'b'.repeat(32);

/**
 * What every implementation of recipient tokens promises.
 * @param create from secrets, of which the first signs and all verify
 */
export function recipientTokensContract(name: string, create: (secrets: readonly string[]) => RecipientTokens) {
  const refusalOf = (tokens: RecipientTokens, token: string, now = NOW): TokenRefusal | 'accepted' => {
    try {
      tokens.verify(token, now);
      return 'accepted';
    } catch (error) {
      if (!(error instanceof TokenRefused)) throw error;
      if (token !== '') expect(error.message).not.toContain(token);
      return error.code;
    }
  };

  describe(`${name}, as recipient tokens`, () => {
    const tokens = create([SECRET_A]);

    test.each([
      ['nothing but what is needed', {}],
      [
        'everything',
        {
          topic: 'news',
          sourceIp: '192.0.2.0/24',
          origin: 'https://example.org',
          revocation: 7,
          subscribe: ['file:*', 'a:b'],
          publish: ['chat'],
        },
      ],
    ])('say the same when verified as when issued: %s', (_name, properties) => {
      const claims = { ...exampleClaims, ...properties };
      expect(tokens.verify(tokens.issue(claims), NOW)).toEqual(claims);
      expect(create([SECRET_A]).verify(tokens.issue(claims), NOW)).toEqual(claims);
    });

    test('are three parts that need no escaping in a URL', () => {
      expect(tokens.issue(exampleClaims)).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    });

    test('end at their moment, also when they were verified before', () => {
      const token = tokens.issue(exampleClaims);
      expect(refusalOf(tokens, token, exampleClaims.expiresAt - 1)).toBe('accepted');
      expect(refusalOf(tokens, token, exampleClaims.expiresAt)).toBe('expired');
      expect(refusalOf(create([SECRET_A]), token, exampleClaims.expiresAt)).toBe('expired');
    });

    test('are missing when empty', () => {
      expect(refusalOf(tokens, '')).toBe('missing');
    });

    test.each(['x', 'a.b', 'a.b.c', '...', 'null', '🙂', 'a'.repeat(5000)])('are malformed as %j', (token) => {
      expect(refusalOf(tokens, token)).toBe('malformed');
    });

    test('are forged when signed with another secret', () => {
      expect(refusalOf(tokens, create([SECRET_B]).issue(exampleClaims))).toBe('forged');
    });

    test('are forged when one character of their content or signature was changed', () => {
      const [header, payload = '', signature = ''] = tokens.issue(exampleClaims).split('.');
      const other = (text: string) => (text[9] === 'A' ? 'B' : 'A');
      const changed = (text: string) => text.slice(0, 9) + other(text) + text.slice(10);
      expect(['forged', 'malformed']).toContain(refusalOf(tokens, [header, changed(payload), signature].join('.')));
      expect(refusalOf(tokens, [header, payload, changed(signature)].join('.'))).toBe('forged');
      expect(refusalOf(tokens, [header, payload, ''].join('.'))).toBe('forged');
    });

    test('rotate: what any of the secrets signed is good, the first signs', () => {
      const old = tokens.issue(exampleClaims);
      const appended = create([SECRET_A, SECRET_B]);
      const moved = create([SECRET_B, SECRET_A]);
      const dropped = create([SECRET_B]);
      expect(refusalOf(appended, old)).toBe('accepted');
      expect(refusalOf(moved, old)).toBe('accepted');
      expect(refusalOf(dropped, old)).toBe('forged');
      expect(refusalOf(appended, moved.issue(exampleClaims))).toBe('accepted');
      expect(refusalOf(dropped, moved.issue(exampleClaims))).toBe('accepted');
      expect(refusalOf(tokens, appended.issue(exampleClaims))).toBe('accepted');
    });
  });
}
