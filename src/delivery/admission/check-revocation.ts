import { LRUCache } from 'lru-cache';
import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore, Standing } from '../../core/ports/stores/delivery-store.js';
import type { Timers } from '../../lib/time/timers.js';
import { withTimeout } from '../../lib/time/with-timeout.js';
import { Refusal } from './refusal.js';

/** Waits at most this long for the store, whatever its own bounds, in milliseconds. */
const PATIENCE_MS = 3_000;
/** Remembers at most this many recipients whose revoked token came. */
const MAX_KNOWN = 10_000;

/**
 * Remembers the revocations that clients ran into, so that a token which is tried again and again costs
 * neither the database nor its tenant's share. They stay true: a revocation number never goes back.
 */
export class KnownRevocations {
  readonly #numbers = new LRUCache<string, number>({ max: MAX_KNOWN });

  /** @throws Refusal */
  check({ tenantId, recipient, revocation }: RecipientClaims): void {
    if (this.#numbers.size === 0) return;
    if (revocation < (this.#numbers.get(keyOf(tenantId, recipient)) ?? revocation)) throw new Refusal('revoked');
  }

  add({ tenantId, recipient }: RecipientClaims, revocation: number): void {
    this.#numbers.set(keyOf(tenantId, recipient), revocation);
  }
}

const keyOf = (tenantId: string, recipient: string) => `${tenantId} ${recipient}`;

/**
 * Asks the database, which no other step does. Handshakes that come together share the query, whose answer
 * is returned.
 */
export async function checkRevocation(
  claims: RecipientClaims,
  store: Pick<DeliveryStore, 'standing'>,
  timers: Timers,
  known: KnownRevocations,
): Promise<Standing> {
  const answer = store.standing(claims.tenantId, claims.recipient);
  const late = () => new Error(`no answer within ${PATIENCE_MS} ms`);
  const standing = await withTimeout(answer, PATIENCE_MS, late, timers).catch((cause) => {
    throw new Refusal('database', { cause });
  });
  if (claims.revocation < standing.revocation) {
    known.add(claims, standing.revocation);
    throw new Refusal('revoked');
  }
  if (!standing.tenantActive) throw new Refusal('tenant-disabled');
  return standing;
}
