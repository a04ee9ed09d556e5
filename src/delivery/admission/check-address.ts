import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { LRUCache } from 'lru-cache';
import { Refusal } from './refusal.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** @param range what the token allows */
export function checkAddress(range: string, address: string): void {
  if (!within(address, range)) throw new Refusal('address');
}

/** False for what is no address. An IPv4 address that is mapped into IPv6 counts as itself. */
function within(text: string, range: string): boolean {
  const address = parseAddress(text);
  if (address === null) return false;
  const [network, bits] = rangeOf(range);
  return address.kind() === network.kind() && (address as Address).match(network as never, bits);
}

/** The usual notations only: the library would take `10.1`, `012.1.2.3` and `167838211` for IPv4 addresses, too. */
function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return new ipaddr.IPv4(text.split('.').map(Number));
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : null;
}

/** Ranges that tokens name, parsed: those of one installation are few, and come with every handshake. */
const ranges = new LRUCache<string, [Address, number]>({ max: 1_000 });

function rangeOf(text: string): [Address, number] {
  const known = ranges.get(text);
  if (known) return known;
  const range = parseRange(text);
  ranges.set(text, range);
  return range;
}

function parseRange(range: string): [Address, number] {
  if (!range.includes('/')) {
    const address = ipaddr.process(range);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  // The kind is told beforehand: the library finds it out by exceptions, which took a tenth of a handshake.
  const [network, bits] = range.includes(':') ? ipaddr.IPv6.parseCIDR(range) : ipaddr.IPv4.parseCIDR(range);
  const mapped = network instanceof ipaddr.IPv6 && network.isIPv4MappedAddress() && bits >= 96;
  return mapped ? [network.toIPv4Address(), bits - 96] : [network, bits];
}
