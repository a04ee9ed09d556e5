import type { ConnectionLimits } from '../../core/ports/connection-limits.js';
import type { RecipientClaims, RecipientTokens } from '../../core/ports/recipient-tokens.js';
import type { DeliveryStore } from '../../core/ports/stores/delivery-store.js';
import type { Clock } from '../../lib/time/clock.js';
import type { Timers } from '../../lib/time/timers.js';
import { checkRestrictions } from './check-restrictions.js';
import { checkRevocation, type KnownRevocations } from './check-revocation.js';
import type { ConnectionKind } from './connection-room.js';
import type { HandshakeLimiter } from './handshake-limiter.js';
import type { Attempt } from './read-attempt.js';
import { redeemToken } from './redeem-token.js';
import { Refusal } from './refusal.js';

export interface AdmissionDeps {
  store: Pick<DeliveryStore, 'standing'>;
  connectionLimits: Pick<ConnectionLimits, 'prepare'>;
  tokens: RecipientTokens;
  limiter: HandshakeLimiter;
  revocations: KnownRevocations;
  /** Estimates the database's clock. */
  clock: Clock;
  /** Gives the node's own time. */
  timers: Timers;
}

interface Admission {
  claims: RecipientClaims;
  /** To be called once, when the connection is held or will not be. */
  leave(): void;
}

/**
 * Takes the steps of every connection, whatever its path. Those that need no waiting come first: a client
 * that fails there takes nothing of what others could have.
 * @throws Refusal
 */
export async function admit(attempt: Attempt, kind: ConnectionKind, deps: AdmissionDeps): Promise<Admission> {
  const { tokens, clock, store, timers, limiter, revocations, connectionLimits } = deps;
  const claims = redeemToken(attempt.token, tokens, clock);
  try {
    checkRestrictions(claims, attempt);
    revocations.check(claims);
    const leave = limiter.enter(claims, kind);
    const { limits } = await checkRevocation(claims, store, timers, revocations).catch((error) => {
      leave();
      throw error;
    });
    const ready = connectionLimits.prepare(claims.tenantId, limits);
    if (ready !== undefined) await ready;
    return { claims, leave };
  } catch (error) {
    throw error instanceof Refusal ? error.of(claims) : error;
  }
}
