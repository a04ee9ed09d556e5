/** From here on, not every integer is a double. */
const FIRST_INEXACT = 2 ** 53;
/** Longer numbers are not looked at: no integer that is a double has so many digits. */
const MAX_NUMBER_CHARS = 400;
/** Finds out without reading strings that no number can be that large; may find one where there is none. */
const MAY_BE_LARGE = /(?:^|[:,[\s])-?(?:\d{16}|\d+(?:\.\d+)?[eE]\+?\d)/;
/** Matches the strings and numbers of valid JSON. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const PARTS = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/** Writes a decimal so that two are the same number if and only if their texts are the same. */
function canonical(text: string): string {
  const [, sign, whole = '', fraction = '', exponent = '0'] = PARTS.exec(text) ?? [];
  const digits = whole + fraction;
  let start = 0;
  while (digits[start] === '0') start++;
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return `${sign}${digits.slice(start, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}

/**
 * Tells whether a number of JSON comes out again as the number that it is. Below 2^53 fractions are rounded,
 * as doubles are everywhere.
 */
export function isExactNumber(text: string): boolean {
  const value = Number(text);
  if (Math.abs(value) < FIRST_INEXACT) return true;
  return text.length <= MAX_NUMBER_CHARS && Number.isFinite(value) && canonical(text) === canonical(String(value));
}

/** Tells whether a text of JSON may hold a number that would come out as another one. */
export const mayBeInexact = (text: string): boolean => MAY_BE_LARGE.test(text);

/**
 * Parses JSON. A number that would come out as another one, such as an id beyond 2^53, becomes infinite,
 * which nobody takes.
 * @throws SyntaxError
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (!mayBeInexact(text)) return value;
  let changed = false;
  const marked = text.replace(STRING_OR_NUMBER, (token) => {
    if (token.startsWith('"') || isExactNumber(token)) return token;
    changed = true;
    return token.startsWith('-') ? '-1e999' : '1e999';
  });
  return changed ? JSON.parse(marked) : value;
}
