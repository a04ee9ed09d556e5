import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { Refusal } from './refusal.js';

/** RFC 6454, section 7: scheme, host and port, and nothing else. */
const ORIGIN = /^https?:\/\/[^/?#@\s]+$/i;

export function checkOrigin(claims: RecipientClaims, origin: string | undefined): void {
  if (claims.origin === null) return;
  if (origin === undefined || serialized(origin) !== claims.origin) throw new Refusal('origin');
}

function serialized(origin: string): string | null {
  if (!ORIGIN.test(origin)) return null;
  try {
    return new URL(origin).origin;
  } catch {
    return null;
  }
}
