import { compileAddressRange } from './address-range.js';

/** Counts an IPv6 address with its network: a caller has as many addresses there as it likes. */
const IPV6_NETWORK_BITS = 64;

/**
 * Returns what is counted as one caller: an address, or its network of IPv6. Whatever a proxy forwards that
 * is no address is all the same.
 */
export function callerOf(addressText: string): string {
  const address = compileAddressRange(addressText.split('%')[0] ?? '')?.text ?? 'unknown';
  return address.includes(':') ? (compileAddressRange(`${address}/${IPV6_NETWORK_BITS}`)?.text ?? address) : address;
}
