import { createHash } from 'node:crypto';

/** Place in a tenant's feed: behind the event of this number. 0 is before all events. */
export interface EventPosition {
  /** Is drawn anew when a database is restored; below 2^26. */
  readonly epoch: number;
  readonly number: number;
}

const FORM = /^([0-9a-f]{8})-([0-9a-f]{4})-8([0-9a-f]{3})-([89ab][0-9a-f]{3})-([0-9a-f]{12})$/;

/** Bits of the epoch in the second part of the id. */
const LOW_BITS = 14;

/** Tells an id of this tenant from others and from nonsense. It is no secret: a tenant may read all of its feed. */
const checkOf = (tenantId: string, number: string, epoch: number): string =>
  createHash('sha256').update(`${tenantId}:${number}:${epoch}`).digest('hex').slice(0, 12);

/**
 * Makes the id of an event, or of a position, from its place: a UUID of version 8 (RFC 9562, section 5.8)
 * with 48 bits of number, 26 of epoch and 48 of a hash that binds both to the tenant. It is the same on every
 * node, needs no secret, and outlives every rotation of one.
 */
export function eventId(tenantId: string, { epoch, number }: EventPosition): string {
  const digits = number.toString(16).padStart(12, '0');
  const high = (epoch >> LOW_BITS).toString(16).padStart(3, '0');
  const low = (0x8000 | (epoch & ((1 << LOW_BITS) - 1))).toString(16);
  return `${digits.slice(0, 8)}-${digits.slice(8)}-8${high}-${low}-${checkOf(tenantId, digits, epoch)}`;
}

/** Returns the place of an id; null if it is none of this tenant's. */
export function parseEventId(tenantId: string, id: string): EventPosition | null {
  const match = FORM.exec(id.toLowerCase());
  if (!match) return null;
  const [, before = '', after = '', high = '', low = '', check] = match;
  const epoch = (Number.parseInt(high, 16) << LOW_BITS) | (Number.parseInt(low, 16) & ((1 << LOW_BITS) - 1));
  if (checkOf(tenantId, before + after, epoch) !== check) return null;
  return { epoch, number: Number.parseInt(before + after, 16) };
}
