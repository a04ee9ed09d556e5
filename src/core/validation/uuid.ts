import { isUuid } from '../domain/message-ids.js';
import { requireCleanText } from '../domain/text.js';

/**
 * Returns an id in lower case; null if it is malformed, since such an id matches nothing.
 * @throws TidingsError BAD_USER_INPUT for text that is not well-formed
 */
export function parseUuid(field: string, text: string): string | null {
  requireCleanText(field, text);
  return isUuid(text) ? text.toLowerCase() : null;
}
