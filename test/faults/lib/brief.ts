import { createHash } from 'node:crypto';

const BRIEF_CHARS = 256;
const SHOWN_CHARS = 32;

/**
 * Shortens a text for the ledger: a long one to its beginning and its SHA-256. Long ones would make the
 * tests' own processes so busy that what they measure gets slower. What is brief already stays as it is.
 */
export function brief(text: string): string {
  if (text.length <= BRIEF_CHARS) return text;
  return `${text.slice(0, SHOWN_CHARS)}… SHA-256 ${createHash('sha256').update(text).digest('base64url')}`;
}
