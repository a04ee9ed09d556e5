import { isRecord } from '../../lib/is-record.js';

/** Is one more than the longest list that any input takes. */
const MOST_ENTRIES = 10_001;

/**
 * Shortens lists of variables that are too long for any input to one entry too many. graphql-js looks at
 * each entry, about 1 µs, before a use case refuses the list for its length.
 */
export function shortenLists(body: unknown): void {
  if (!isRecord(body) || !isRecord(body.variables)) return;
  // They come of JSON, so all their keys are their own.
  for (const name in body.variables) {
    const value = body.variables[name];
    if (Array.isArray(value)) shorten(value);
    // Lists of JSON objects lie deeper, and stay as they are.
    else if (isRecord(value)) for (const inner in value) shorten(value[inner]);
  }
}

function shorten(value: unknown): void {
  if (Array.isArray(value) && value.length > MOST_ENTRIES) value.length = MOST_ENTRIES;
}
