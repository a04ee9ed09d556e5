import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { type RecipientTokens, TokenRefused } from '../core/ports/recipient-tokens.js';
import { isRecord } from '../lib/is-record.js';
import { type Payload, readClaims, writeClaims } from './claims.js';

const ISSUER = 'tidings';
const AUDIENCE = 'tidings-delivery';
const ALGORITHM = 'HS256';
/** Characters of a signature: the algorithm's 32 bytes in base64url. */
const SIGNATURE_LENGTH = 43;

/** @param secrets secrets of 32 bytes or more: the first signs, all verify */
export function createRecipientTokens(secrets: readonly string[]): RecipientTokens {
  const keys = secrets.map((secret) => createSecretKey(secret, 'utf8'));
  const [signingKey] = keys;
  if (!signingKey) throw new Error('a token secret is needed');
  const sign = (payload: object) => jwt.sign(payload, signingKey, { algorithm: ALGORITHM });
  const empty = sign({});
  const head = empty.slice(0, empty.indexOf('.') + 1);

  return {
    issue: (claims) => sign({ ...writeClaims(claims), iss: ISSUER, aud: AUDIENCE }),
    verify(token, now) {
      if (token === '') throw new TokenRefused('missing');
      const claims = readClaims(readOwn(token, head, keys) ?? checkSignature(token, keys));
      if (now >= claims.expiresAt) throw new TokenRefused('expired', claims);
      return claims;
    },
  };
}

/**
 * Reads a token that has exactly the form in which tokens are issued; null for all others, about which the
 * library decides. The library parses a token four times and gathers options for each key, which took a
 * fourth of a handshake.
 * @param head the only header that is issued, with its dot
 */
function readOwn(token: string, head: string, keys: readonly KeyObject[]): Payload | null {
  const end = token.lastIndexOf('.');
  if (!token.startsWith(head) || token.indexOf('.', head.length) !== end) return null;
  const signed = token.slice(0, end);
  const signature = Buffer.from(token.slice(end + 1));
  if (signature.length !== SIGNATURE_LENGTH || !keys.some((key) => fits(signature, signed, key))) return null;
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.slice(head.length, end), 'base64url').toString());
    return isOurs(payload) ? payload : null;
  } catch {
    return null;
  }
}

const fits = (signature: Buffer, signed: string, key: KeyObject): boolean =>
  timingSafeEqual(signature, Buffer.from(createHmac('sha256', key).update(signed).digest('base64url')));

function isOurs(payload: unknown): payload is Payload {
  if (!isRecord(payload)) return false;
  const { iss, aud, nbf } = payload;
  return iss === ISSUER && aud === AUDIENCE && nbf === undefined;
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
      // Another key may fit the signature; nothing else depends on the key.
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
