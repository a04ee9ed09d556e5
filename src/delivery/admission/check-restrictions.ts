import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { checkAddress } from './check-address.js';
import { checkOrigin } from './check-origin.js';
import type { Attempt } from './read-attempt.js';

/**
 * Checks where the client comes from, as far as its token restricts that.
 * @throws Refusal
 */
export function checkRestrictions(claims: RecipientClaims, { origin, address }: Pick<Attempt, 'origin' | 'address'>): void {
  checkOrigin(claims, origin);
  if (claims.sourceIp !== null) checkAddress(claims.sourceIp, address());
}
