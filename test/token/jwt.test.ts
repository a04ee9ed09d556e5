import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import jwt from 'jsonwebtoken';
import { TokenRefused } from '../../src/core/ports/recipient-tokens.js';
import { createRecipientTokens } from '../../src/token/index.js';
import { exampleClaims, recipientTokensContract } from '../contract/recipient-tokens.js';

recipientTokensContract('jsonwebtoken', createRecipientTokens);

const SECRET = 's'.repeat(32);
const tokens = createRecipientTokens([SECRET]);
const payload = jwt.decode(tokens.issue(exampleClaims)) as jwt.JwtPayload;

const refusalOf = (token: string) => {
  try {
    tokens.verify(token, exampleClaims.issuedAt);
    return 'accepted';
  } catch (error) {
    return error instanceof TokenRefused ? error.code : error;
  }
};
const sign = (content: object, secret = SECRET, options: jwt.SignOptions = {}) =>
  jwt.sign(content, secret, { algorithm: 'HS256', ...options });

describe('the claims of a token', () => {
  test('are the registered ones, with milliseconds', () => {
    expect(payload).toMatchObject({
      iss: 'tidings',
      aud: 'tidings-delivery',
      sub: exampleClaims.recipient,
      tenant: exampleClaims.tenantId,
      jti: exampleClaims.tokenId,
      iat: exampleClaims.issuedAt / 1000,
      exp: exampleClaims.expiresAt / 1000,
    });
  });

  test('leave out what is not given', () => {
    expect(Object.keys(payload).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'jti', 'rev', 'sub', 'tenant']);
  });
});

describe('a well-signed token is refused', () => {
  test('when it is for another audience, or of another issuer', () => {
    expect(refusalOf(sign({ ...payload, aud: 'somebody else' }))).toBe('wrong-audience');
    expect(refusalOf(sign({ ...payload, iss: 'somebody else' }))).toBe('wrong-audience');
    const { aud: _, ...without } = payload;
    expect(refusalOf(sign(without))).toBe('wrong-audience');
  });

  test.each(['sub', 'tenant', 'jti', 'iat', 'exp', 'rev'])('when it lacks %s', (claim) => {
    const { [claim]: _, ...rest } = payload;
    const token = claim === 'iat' ? sign(rest, SECRET, { noTimestamp: true }) : sign(rest);
    expect(refusalOf(token)).toBe('malformed');
  });

  test('when a claim has another kind', () => {
    for (const wrong of [
      { topic: 5 },
      { subscribe: 'all' },
      { publish: [1] },
      { rev: '1' },
      { tenant: null },
      { tenant: 'mine' },
    ]) {
      expect(refusalOf(sign({ ...payload, ...wrong }))).toBe('malformed');
    }
  });

  test('when its content is a text, which names no audience', () => {
    expect(refusalOf(jwt.sign('ann', SECRET))).toBe('wrong-audience');
  });
});

describe('a token of another form than those that are issued', () => {
  const token = tokens.issue(exampleClaims);
  const [head = '', content = '', signature = ''] = token.split('.');

  test('is accepted if it says the same and its signature is good', () => {
    expect(refusalOf(sign(payload, SECRET, { header: { alg: 'HS256', kid: '1' } }))).toBe('accepted');
    expect(refusalOf(sign({ ...payload, aud: ['somebody else', payload.aud] }))).toBe('accepted');
  });

  test('is refused before the time that it names', () => {
    expect(refusalOf(sign({ ...payload, nbf: 4_000_000_000 }))).toBe('malformed');
  });

  test('is refused when a part is missing, empty or added, whatever was signed', () => {
    const signed = (text: string) => `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;
    expect(refusalOf(signed(`${head}.${content}`))).toBe('accepted');
    for (const text of [
      head,
      `${head}.`,
      `.${content}`,
      `${head}.${content}.${content}`,
      `${head}.${content}x.`,
      `${head}.bnVsbA`,
      `${head}.W10`,
    ]) {
      expect([text, refusalOf(signed(text))]).toEqual([text, expect.stringMatching(/^(malformed|forged|wrong-audience)$/)]);
    }
  });

  test('is refused when its signature is written in another way', () => {
    const other = signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(42) + 1);
    expect(Buffer.from(other, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    for (const wrong of [other, `${signature}=`, `${signature}A`, signature.slice(0, -1)]) {
      expect(refusalOf(`${head}.${content}.${wrong}`)).toMatch(/^(forged|malformed)$/);
    }
  });
});

test('only the one algorithm is accepted', () => {
  expect(refusalOf(sign(payload, SECRET, { algorithm: 'HS384' }))).toBe('forged');
  expect(refusalOf(sign(payload, SECRET, { algorithm: 'HS512' }))).toBe('forged');
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.`;
  expect(refusalOf(unsigned)).toBe('forged');
});
