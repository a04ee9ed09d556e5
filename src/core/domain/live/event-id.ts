/** Place of an event in its tenant's stream: milliseconds since 1970, and a number among those of that millisecond. */
export interface Place {
  ms: number;
  seq: number;
}

/** Fits the 24 bits that the id has for it. */
export const MAX_SEQ = 0xffffff;
/** Hexadecimal digits at the end of an id that are random. */
export const RANDOM_DIGITS = 12;

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');

/**
 * A UUID of version 7 (RFC 9562, section 5.7) whose `rand_a` and the beginning of `rand_b` are the number within the millisecond, so
 * that the order of ids as texts is the order of places. The variant is always 8 for the same reason.
 * @param random 12 hexadecimal digits
 */
export const eventId = ({ ms, seq }: Place, random: string): string => {
  const time = hex(ms, 12);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(seq >>> 12, 3)}-8${hex(seq & 0xfff, 3)}-${random}`;
};

/** The greater of two ids; null is before all. */
export const latest = (a: string | null, b: string | null): string | null => (a === null || (b !== null && b > a) ? b : a);

const EVENT_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-7([0-9a-f]{3})-8([0-9a-f]{3})-[0-9a-f]{12}$/;

/** Null if no event can have this id. */
export function placeOf(id: string): Place | null {
  const match = EVENT_ID.exec(id);
  if (!match) return null;
  return { ms: Number.parseInt(`${match[1]}${match[2]}`, 16), seq: Number.parseInt(`${match[3]}${match[4]}`, 16) };
}
