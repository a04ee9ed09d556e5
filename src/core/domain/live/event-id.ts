/**
 * Place of an event in its tenant's stream: milliseconds since 1970, and its number within that millisecond.
 */
export interface Place {
  ms: number;
  seq: number;
}

/** Greatest `seq`: an id has 24 bits for it. */
export const MAX_SEQ = 0xffffff;
/** Number of random hexadecimal digits at the end of an id. */
export const RANDOM_DIGITS = 12;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/**
 * Makes a UUID of version 7 (RFC 9562, section 5.7). `rand_a` and the beginning of `rand_b` hold `seq`, and
 * the variant is always 8, so that the order of ids as texts is the order of places.
 * @param random 12 hexadecimal digits
 */
export const eventId = ({ ms, seq }: Place, random: string): string => {
  const time = hex(ms, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(seq >>> 12, 3)}-8${hex(seq & 0xfff, 3)}-${random}`;
};

/** Returns the greater of two ids; null comes before all. */
export const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

const EVENT_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-8([0-9a-f]{3})-[0-9a-f]{12}$/;

/** Reads the place out of an id; null if no event can have this id. */
export function placeOf(id: string): Place | null {
  const match = EVENT_ID.exec(id);
  if (!match) return null;
  return { ms: Number.parseInt(`${match[1]}${match[2]}`, 16), seq: Number.parseInt(`${match[3]}${match[4]}`, 16) };
}
