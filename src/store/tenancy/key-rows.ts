import { hasOptions } from '../../core/domain/scope.js';
import type { ApiKeyRecord } from '../../core/ports/stores/api-key-store.js';

/** Stands before the SHA-256 of a key whose scope has options. */
const WITH_OPTIONS = Buffer.of(1);
const SHA256_BYTES = 32;

/**
 * Makes the stored form of a key's hash. That of a key with options is longer than any SHA-256, so a node
 * of a
 * version that would ignore the options finds no such key, whatever it is shown.
 */
export const storedForm = (hash: Buffer, scope: string): Buffer =>
  hasOptions(scope) ? Buffer.concat([WITH_OPTIONS, hash]) : hash;

/** Lists the forms in which a key may be stored. */
export const formsOf = (hash: Buffer): Buffer[] => [hash, Buffer.concat([WITH_OPTIONS, hash])];

/** Returns the SHA-256 of a key from its stored form. */
export const keyOfForm = (form: Buffer): Buffer => form.subarray(-SHA256_BYTES);

/** Row of a key, without its hash. */
export interface KeyRow extends ApiKeyRecord {
  descendsFrom: string | null;
  revocationPlannedFor: Date | null;
  givenExpiresAt: Date | null;
}

/** Turns a row into what is told of a key: its own expiry, and the moment of a planned revocation. */
export function recordOf({ descendsFrom: _, revocationPlannedFor, givenExpiresAt, ...key }: KeyRow): ApiKeyRecord {
  if (revocationPlannedFor === null) return key;
  return { ...key, expiresAt: givenExpiresAt, revokedAt: key.revokedAt ?? revocationPlannedFor };
}
