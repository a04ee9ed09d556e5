import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { Timers } from '../../lib/time/timers.js';
import { Refusal } from './refusal.js';

/** A client waits no longer for its answer, whatever the store's own bounds. In milliseconds. */
const PATIENCE_MS = 3_000;

/** The one step that asks the database. Handshakes that come together share the question. */
export async function checkRevocation(
  claims: RecipientClaims,
  store: Pick<DeliveryStore, 'standing'>,
  timers: Timers,
): Promise<void> {
  const standing = await within(timers, store.standing(claims.tenantId, claims.recipient)).catch((cause) => {
    throw new Refusal('database', { cause });
  });
  if (!standing.tenantActive || claims.revocation < standing.revocation) throw new Refusal('revoked');
}

function within<T>(timers: Timers, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(PATIENCE_MS, () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)));
    answer.then(resolve, reject).finally(cancel);
  });
}
