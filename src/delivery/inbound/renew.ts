import type { RecipientClaims } from '../../core/ports/recipient-tokens.js';
import { renewedFrame } from '../../protocol/frames.js';
import type { AdmissionDeps } from '../admission/admit.js';
import { checkRestrictions } from '../admission/check-restrictions.js';
import { checkRevocation } from '../admission/check-revocation.js';
import { redeemToken } from '../admission/redeem-token.js';
import { Refusal } from '../admission/refusal.js';
import type { Connection } from '../connection/connection.js';
import { textFrame } from '../outbound/frame-encoder.js';
import { type Command, CommandRefused } from './client-command.js';

export type RenewalDeps = Pick<AdmissionDeps, 'tokens' | 'clock' | 'timers' | 'store' | 'revocations'>;

/** Bounds the `id` of a frame, in characters; its answer repeats it. */
const MAX_ID_CHARS = 128;

/**
 * Takes `{"type":"renew","id","token"}`: from now on the connection is as if it had been opened with this
 * token. Checks it as a handshake would, on the address and origin that the connection has.
 */
export function renewCommand(deps: RenewalDeps): Command {
  return async (connection, { id, token }) => {
    const isText = typeof id === 'string' && id.length > 0 && id.length <= MAX_ID_CHARS;
    if (!isText && !Number.isFinite(id))
      throw new CommandRefused('BAD_USER_INPUT', `id must be a text of 1 to ${MAX_ID_CHARS} characters, or a number`);
    if (typeof token !== 'string' || token === '') throw new CommandRefused('BAD_USER_INPUT', 'token must be a text');
    if (!connection.tryRenewal()) {
      connection.tolerate();
      throw refused('at most one try a minute');
    }
    const claims = await checkToken(token, connection, deps);
    if (connection.ended) return;
    connection.renew(claims);
    connection.answer(textFrame(JSON.stringify(renewedFrame(id as string | number, claims.expiresAt))));
  };
}

const refused = (message: string) => new CommandRefused('RENEWAL_REFUSED', message);

async function checkToken(token: string, { claims: old, facts }: Connection, deps: RenewalDeps): Promise<RecipientClaims> {
  const { tokens, clock, timers, store, revocations } = deps;
  try {
    const claims = redeemToken(token, tokens, clock);
    if (claims.tenantId !== old.tenantId || claims.recipient !== old.recipient)
      throw refused('the token is of another recipient');
    if (claims.topic !== old.topic) throw refused('the token has another topic');
    checkRestrictions(claims, { origin: facts.origin ?? undefined, address: () => facts.sourceIp ?? '' });
    revocations.check(claims);
    await checkRevocation(claims, store, timers, revocations);
    return claims;
  } catch (error) {
    throw error instanceof Refusal ? refused(error.code) : error;
  }
}
