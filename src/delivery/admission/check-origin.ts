import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { serializeOrigin } from '../../core/validation/origin.js';
import { Refusal } from './refusal.js';

export function checkOrigin(claims: RecipientClaims, origin: string | undefined): void {
  if (claims.origin === null) return;
  if (origin === undefined || serializeOrigin(origin) !== claims.origin) throw new Refusal('origin');
}
