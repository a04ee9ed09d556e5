/** Quotes an element of an array literal. */
const quote = (text: string): string =>
  text.includes('"') || text.includes('\\') ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`;

/**
 * Writes an array of texts as a literal of PostgreSQL, for a parameter of a hot statement.
 *
 * pg's own conversion walks each element through several regular expressions; this costs a third of it.
 */
export const textArray = (values: ReadonlyArray<string | null>): string => {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) literal += ',';
    literal += value == null ? 'NULL' : quote(value);
  }
  return `${literal}}`;
};

/** Writes an array whose elements need no quotes: UUIDs, numbers, words of an enumeration, ISO 8601 times. */
export const plainArray = (values: ReadonlyArray<string | number | null>): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;
