import ipaddr from 'ipaddr.js';
import type { RecipientClaims } from '../../core/recipient-token.js';
import { Refusal } from './refusal.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

export function checkAddress(claims: RecipientClaims, address: string): void {
  if (claims.sourceIp !== null && !within(address, claims.sourceIp)) throw new Refusal('address');
}

/** False for what is no address. An IPv4 address that is mapped into IPv6 counts as itself. */
function within(text: string, range: string): boolean {
  if (!ipaddr.isValid(text)) return false;
  const address = ipaddr.process(text);
  const [network, bits] = parseRange(range);
  return address.kind() === network.kind() && (address as Address).match(network as never, bits);
}

function parseRange(range: string): [Address, number] {
  if (!range.includes('/')) {
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  const [network, bits] = ipaddr.parseCIDR(range);
  const mapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96;
  return mapped ? [network.toIPv4Address(), bits - 96] : [network, bits];
}
