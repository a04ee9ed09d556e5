import { createHash, randomBytes } from 'node:crypto';

/** A new API key: `tk_` and 256 random bits. It is shown once; only `hash` and `prefix` are stored. */
export function newApiKey(): { key: string; hash: Buffer; prefix: string } {
  const key = `tk_${randomBytes(32).toString('base64url')}`;
  return { key, hash: apiKeyHash(key), prefix: apiKeyPrefix(key) };
}

/** How keys are stored and found. They are random, so a plain hash cannot be turned back. */
export const apiKeyHash = (key: string): Buffer => createHash('sha256').update(key).digest();

/** The first characters, to tell keys apart: 5 of the 43 random ones of `newApiKey`; of a key somebody chose, at most a quarter. */
export const apiKeyPrefix = (key: string): string => key.slice(0, Math.min(8, Math.floor(key.length / 4)));
