/**
 * Literals of PostgreSQL arrays, for parameters of hot statements. pg's own conversion walks each element through several regular
 * expressions; these cost a third of it.
 */
const quote = (text: string): string =>
  text.includes('"') || text.includes('\\') ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`;

export const textArray = (values: ReadonlyArray<string | null>): string => {
  let literal = '{';
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (i > 0) literal += ',';
    literal += value == null ? 'NULL' : quote(value);
  }
  return `${literal}}`;
};

/** Elements that need no quotes: UUIDs, numbers, words of an enumeration, times in ISO 8601. */
export const plainArray = (values: ReadonlyArray<string | number | null>): string =>
  `{${values.map((value) => value ?? 'NULL').join(',')}}`;
