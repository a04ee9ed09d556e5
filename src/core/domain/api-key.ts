import { createHash, randomBytes } from 'node:crypto';

/** Makes a new API key: `tk_` and 256 random bits. It is shown once; only `hash` and `prefix` are stored. */
export function newApiKey(): { key: string; hash: Buffer; prefix: string } {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  return { key, hash: apiKeyHash(key), prefix: apiKeyPrefix(key) };
}

/** Keys are stored and found by this hash. They are random, so a plain hash cannot be reversed. */
export const apiKeyHash = (key: string): Buffer => createHash('sha256').update(key).digest();

/**
 * Returns the first characters of a key, to tell keys apart: 5 of the 43 random ones of `newApiKey`, at most
 * a quarter of a key that somebody chose.
 */
export const apiKeyPrefix = (key: string): string => key.slice(0, Math.min(8, Math.floor(key.length / 4)));
