import { type RecipientClaims, type RecipientTokens, TokenRefused } from '../../core/ports/recipient-tokens.js';
import type { Clock } from '../../lib/time/clock.js';
import { Refusal } from './refusal.js';

export function redeemToken(token: string, tokens: RecipientTokens, clock: Clock): RecipientClaims {
  try {
    return tokens.verify(token, clock.now());
  } catch (error) {
    if (error instanceof TokenRefused) throw new Refusal(`token-${error.code}`).of(error.claims);
    throw error;
  }
}
