import type { DeliveryStore } from '../../core/message-store.js';
import type { RecipientClaims } from '../../core/recipient-token.js';
import { Refusal } from './refusal.js';

/** The one step that asks the database. Handshakes that come together share the question. */
export async function checkRevocation(claims: RecipientClaims, store: Pick<DeliveryStore, 'standing'>): Promise<void> {
  const standing = await store.standing(claims.tenantId, claims.recipient).catch((cause) => {
    throw new Refusal('database', { cause });
  });
  if (!standing.tenantActive || claims.revocation < standing.revocation) throw new Refusal('revoked');
}
