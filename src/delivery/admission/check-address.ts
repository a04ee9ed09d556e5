import { LRUCache } from 'lru-cache';
import { type AddressRange, compileAddressRange } from '../../core/validation/address-range.js';
import { Refusal } from './refusal.js';

/** Keeps ranges of tokens compiled: those of one installation are few, and come with every handshake. */
const ranges = new LRUCache<string, AddressRange>({ max: 1_000 });

/** @param range addresses that the token allows */
export function checkAddress(range: string, address: string): void {
  if (!rangeOf(range).contains(address)) throw new Refusal('address');
}

function rangeOf(text: string): AddressRange {
  const known = ranges.get(text);
  if (known) return known;
  const range = compileAddressRange(text);
  // Tokens are issued with ranges that compile.
  if (range === null) throw new Error('the range of a token is malformed');
  ranges.set(text, range);
  return range;
}
