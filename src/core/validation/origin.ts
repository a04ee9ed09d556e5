import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

// A scheme, a host and perhaps a port: no user, path, query or fragment, and no wildcard, which would match nothing. URL alone would
// quietly repair much else.
const ORIGIN = /^https?:\/\/(?:\[[\da-f:.]+\]|[^\s/?#\\@:[\]*]+)(?::\d{1,5})?$/i;

/**
 * An origin as browsers serialize it (RFC 6454 section 6.2): lower case, no default port. Null if the text is none.
 */
function normalizeOrigin(text: string): string | null {
  return ORIGIN.test(text) && URL.canParse(text) ? new URL(text).origin : null;
}

/** @throws TidingsError BAD_USER_INPUT */
export function parseOrigin(field: string, text: string): string {
  const origin = normalizeOrigin(requireCleanText(field, text));
  if (origin === null)
    throw badInput(field, `${field} must be an origin such as https://example.org or http://localhost:8080, without a path`);
  return origin;
}
