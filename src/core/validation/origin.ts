import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

/** RFC 6454, section 7: an `Origin` header has scheme, host and port, and nothing else. */
const SENT = /^https?:\/\/[^/?#@\s]+$/i;

/**
 * Is stricter with what a caller writes: no wildcard, which would match nothing, and nothing that `URL` would repair
 * silently.
 */
const WRITTEN = /^https?:\/\/(?:\[[\da-f:.]+\]|[^\s/?#\\@:[\]*]+)(?::\d{1,5})?$/i;

/** Serializes an origin as browsers do (RFC 6454, section 6.2): lower case, no default port. Null if the text is none. */
export const serializeOrigin = (text: string): string | null =>
  SENT.test(text) && URL.canParse(text) ? new URL(text).origin : null;

/** @throws TidingsError BAD_USER_INPUT */
export function parseOrigin(field: string, text: string): string {
  const origin = WRITTEN.test(requireCleanText(field, text)) ? serializeOrigin(text) : null;
  if (origin === null)
    throw badInput(field, `${field} must be an origin such as https://example.org or http://localhost:8080, without a path`);
  return origin;
}
