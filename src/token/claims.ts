import { isUuid } from '../core/domain/message-ids.js';
import { type RecipientClaims, TokenRefused } from '../core/ports/recipient-tokens.js';

/**
 * Private and registered claims of a recipient token (RFC 7519, section 4). Claims without a value are left
 * out, since the token travels in a URL.
 */
export interface Payload {
  sub?: unknown;
  tenant?: unknown;
  jti?: unknown;
  /** Seconds since 1970, with milliseconds as a fraction. */
  iat?: unknown;
  exp?: unknown;
  /** Revocation number. */
  rev?: unknown;
  topic?: unknown;
  ip?: unknown;
  origin?: unknown;
  /** Patterns of live topics. */
  subscribe?: unknown;
  publish?: unknown;
}

export function writeClaims(claims: RecipientClaims): Payload {
  return {
    sub: claims.recipient,
    tenant: claims.tenantId,
    jti: claims.tokenId,
    iat: claims.issuedAt / 1000,
    exp: claims.expiresAt / 1000,
    rev: claims.revocation,
    ...(claims.topic !== null && { topic: claims.topic }),
    ...(claims.sourceIp !== null && { ip: claims.sourceIp }),
    ...(claims.origin !== null && { origin: claims.origin }),
    ...(claims.subscribe.length > 0 && { subscribe: claims.subscribe }),
    ...(claims.publish.length > 0 && { publish: claims.publish }),
  };
}

/** @throws TokenRefused `malformed` for a well signed token that this service did not issue */
export function readClaims(payload: Payload): RecipientClaims {
  return {
    recipient: text(payload.sub),
    tenantId: uuid(payload.tenant),
    tokenId: text(payload.jti),
    issuedAt: millis(payload.iat),
    expiresAt: millis(payload.exp),
    revocation: number(payload.rev),
    topic: optionalText(payload.topic),
    sourceIp: optionalText(payload.ip),
    origin: optionalText(payload.origin),
    subscribe: texts(payload.subscribe),
    publish: texts(payload.publish),
  };
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TokenRefused('malformed');
  return value;
}

// The database would refuse to compare its ids with anything else, and would seem to be away.
function uuid(value: unknown): string {
  if (typeof value !== 'string' || !isUuid(value)) throw new TokenRefused('malformed');
  return value;
}

function number(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TokenRefused('malformed');
  return value;
}

const optionalText = (value: unknown): string | null => (value === undefined ? null : text(value));
// A fraction of a second is not exact in binary; rounding restores the milliseconds.
const millis = (value: unknown): number => Math.round(number(value) * 1000);

function texts(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new TokenRefused('malformed');
  return value.map(text);
}
