import { createHash, hash } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Callers ask this first: a malformed id matches nothing, and need not be sought in the database. */
export const isUuid = (text: string): boolean => UUID.test(text);

/**
 * Computes the id of the row that a global message has for one recipient: a UUID of version 7 with the time
 * of the global's id, and the first bits of SHA-256(`<global id>:<recipient>`) in place of random ones. It is
 * the same on every node and every time, so a row that is made twice is one row. The SQL function
 * `global_row_id` computes the same.
 */
export function globalRowId(globalMessageId: string, recipient: string): string {
  const digest = createHash('sha256').update(globalMessageId).update(':').update(recipient).digest('hex');
  const variant = '89ab'[Number.parseInt(digest.charAt(3), 16) & 3];
  return `${globalMessageId.slice(0, 13)}-7${digest.slice(0, 3)}-${variant}${digest.slice(4, 7)}-${digest.slice(7, 19)}`;
}

/** Revocations name a recipient by this SHA-256, so that an erased recipient's name is stored nowhere. */
export const recipientHash = (recipient: string): string => hash('sha256', recipient, 'hex');
