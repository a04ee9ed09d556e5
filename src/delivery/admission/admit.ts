import type { RecipientClaims, RecipientTokens } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { checkAddress } from './check-address.js';
import { checkOrigin } from './check-origin.js';
import { checkRevocation } from './check-revocation.js';
import type { Attempt } from './read-attempt.js';
import { redeemToken } from './redeem-token.js';
import { Refusal } from './refusal.js';

export interface AdmissionDeps {
  store: Pick<DeliveryStore, 'standing'>;
  tokens: RecipientTokens;
  /** Estimates the database's clock. */
  clock: Clock;
  /** Gives the node's own time. */
  timers: Timers;
}

/**
 * Takes the steps of every connection, whatever its path.
 * @throws Refusal
 */
export async function admit(attempt: Attempt, { tokens, clock, store, timers }: AdmissionDeps): Promise<RecipientClaims> {
  const claims = redeemToken(attempt.token, tokens, clock);
  try {
    checkOrigin(claims, attempt.origin);
    if (claims.sourceIp !== null) checkAddress(claims.sourceIp, attempt.address());
    await checkRevocation(claims, store, timers);
  } catch (error) {
    throw error instanceof Refusal ? error.of(claims.tenantId) : error;
  }
  return claims;
}
