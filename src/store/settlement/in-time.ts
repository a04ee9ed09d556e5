import { LIMITS } from '../../core/domain/limits.js';

/**
 * Writes the SQL condition under which a receipt makes a PENDING row DELIVERED; else the row has expired.
 *
 * The receipt must have reached a node before the expiry, and must be recorded before the expiry is final,
 * which is LIMITS.expiryFinalAfterMs later.
 *
 * @param received expression for when the receipt came in
 */
export const inTime = (received: string, expiry: string, now: string): string =>
  `(${received} < ${expiry} AND ${now} <= ${expiry} + interval '${LIMITS.expiryFinalAfterMs} milliseconds')`;
