import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { type RecipientClaims, type RecipientTokens, TokenRefused } from '../core/recipient-token.js';
import { type Payload, readClaims, writeClaims } from './claims.js';

const ISSUER = 'tidings';
const AUDIENCE = 'tidings-delivery';
const ALGORITHM = 'HS256';

/** Tokens whose signature was found good, by hash: in a storm of reconnects the same ones come again and again. */
const REMEMBERED_TOKENS = 20_000;

/** @param secrets 32 bytes or more each: the first signs, all verify */
export function createRecipientTokens(secrets: readonly string[]): RecipientTokens {
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  const [signingKey] = keys;
  if (!signingKey) throw new Error('a token secret is needed');
  const remembered = new LRUCache<string, RecipientClaims>({ max: REMEMBERED_TOKENS });

  return {
    issue: (claims) => jwt.sign({ ...writeClaims(claims), iss: ISSUER, aud: AUDIENCE }, signingKey, { algorithm: ALGORITHM }),
    verify(token, now) {
      if (token === '') throw new TokenRefused('missing');
      const hash = createHash('sha256').update(token).digest('base64');
      const claims = remembered.get(hash) ?? readClaims(checkSignature(token, keys));
      // Its time is looked at on every use, and so is never remembered.
      if (now >= claims.expiresAt) throw new TokenRefused('expired');
      remembered.set(hash, claims);
      return claims;
    },
  };
}

function checkSignature(token: string, keys: readonly KeyObject[]): Payload {
  for (const key of keys) {
    try {
      const payload = jwt.verify(token, key, {
        algorithms: [ALGORITHM],
        issuer: ISSUER,
        audience: AUDIENCE,
        ignoreExpiration: true,
      });
      if (typeof payload === 'string') throw new TokenRefused('malformed');
      return payload;
    } catch (error) {
      const refused = refusalOf(error);
      // Another key may fit the signature; nothing else depends on which one is tried.
      if (refused.code !== 'forged') throw refused;
    }
  }
  throw new TokenRefused('forged');
}

function refusalOf(error: unknown): TokenRefused {
  if (error instanceof TokenRefused) return error;
  const message = error instanceof Error ? error.message : '';
  if (message.startsWith('jwt audience invalid') || message.startsWith('jwt issuer invalid'))
    return new TokenRefused('wrong-audience');
  if (['invalid signature', 'invalid algorithm', 'jwt signature is required'].includes(message))
    return new TokenRefused('forged');
  return new TokenRefused('malformed');
}
