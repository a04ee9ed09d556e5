import { isRecord } from '../../lib/is-record.js';

/** Is one more than the longest list that any input takes. */
const MOST_ENTRIES = 10_001;

/**
 * Shortens lists of variables that are too long for any input to one entry too many. graphql-js looks at
 * each entry, about 1 µs, before a use case refuses the list for its length.
 */
export function shortenLists(body: unknown): void {
  if (!isRecord(body) || !isRecord(body.variables)) return;
  for (const value of Object.values(body.variables)) {
    shorten(value);
    // Lists of JSON objects lie deeper, and stay as they are.
    if (isRecord(value) && !Array.isArray(value)) for (const inner of Object.values(value)) shorten(inner);
  }
}

function shorten(value: unknown): void {
  if (Array.isArray(value) && value.length > MOST_ENTRIES) value.length = MOST_ENTRIES;
}
