// UUIDs of version 7 sort by their milliseconds: a range of time is a range of ids, and an
// id tells a row's creation.

/** Writes the first 48 bits of an id, which are its milliseconds. */
const milliseconds = (ms: number): string => {
  const hex = Math.max(0, Math.min(ms, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
};

/** Returns the lower bound of the ids of this millisecond and of later ones. */
export const firstIdAt = (ms: number): string => `${milliseconds(ms)}-7000-8000-000000000000`;

/** Returns the upper bound of the ids of this millisecond and of earlier ones. */
export const lastIdAt = (ms: number): string => `${milliseconds(ms)}-7fff-bfff-ffffffffffff`;

export const SMALLEST_ID = '00000000-0000-0000-0000-000000000000';
export const GREATEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

const DASH = 8;
const MILLISECONDS_END = 13;

/**
 * Returns the milliseconds since 1970 in an id of version 7. Makes no string: it is called for each
 * receipt.
 */
export function idMillis(id: string): number {
  let ms = 0;
  for (let i = 0; i < MILLISECONDS_END; i++) {
    if (i === DASH) continue;
    const code = id.charCodeAt(i);
    // Of a letter, in either case, the low bits count from 1.
    ms = ms * 16 + (code < 58 ? code - 48 : (code & 15) + 9);
  }
  return ms;
}
