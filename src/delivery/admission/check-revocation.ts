import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { Timers } from '../../lib/time/timers.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { Refusal } from './refusal.js';

/** Waits at most this long for the store, whatever its own bounds, in milliseconds. */
const PATIENCE_MS = 3_000;

/** Asks the database, which no other step does. Handshakes that come together share the query. */
export async function checkRevocation(
  claims: RecipientClaims,
  store: Pick<DeliveryStore, 'standing'>,
  timers: Timers,
): Promise<void> {
  const answer = store.standing(claims.tenantId, claims.recipient);
  const late = () => new Error(`no answer within ${PATIENCE_MS} ms`);
  const standing = await withTimeout(answer, PATIENCE_MS, late, timers).catch((cause) => {
    throw new Refusal('database', { cause });
  });
  if (!standing.tenantActive || claims.revocation < standing.revocation) throw new Refusal('revoked');
}
