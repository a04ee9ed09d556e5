import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

/** Matches what an `Origin` header may have: scheme, host and port (RFC 6454, section 7). */
const SENT = /^https?:\/\/[^/?#@\s]+$/i;

/**
 * Matches what a caller may write: no wildcard, which would match nothing, and nothing else that `URL` would
 * repair silently.
 */
const WRITTEN = /^https?:\/\/(?:\[[\da-f:.]+\]|[^\s/?#\\@:[\]*]+)(?::\d{1,5})?$/i;

/**
 * Serializes an origin as browsers do (RFC 6454, section 6.2): lower case, no default port. Null if it is
 * malformed.
 */
export const serializeOrigin = (text: string): string | null =>
  SENT.test(text) && URL.canParse(text) ? new URL(text).origin : null;

/** @throws TidingsError BAD_USER_INPUT */
export function parseOrigin(field: string, text: string): string {
  const origin = WRITTEN.test(requireCleanText(field, text)) ? serializeOrigin(text) : null;
  if (origin === null)
    throw badInput(field, `${field} must be an origin such as https://example.org or http://localhost:8080, without a path`);
  return origin;
}
