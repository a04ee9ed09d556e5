import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const IPV4_BITS = 32;
const IPV6_BITS = 128;
/** Length of `::ffff:0:0/96`, the prefix of IPv4-mapped addresses (RFC 4291, section 2.5.5.2). */
const MAPPED_PREFIX_BITS = 96;

/** Range of addresses, compiled once and asked for every handshake. */
export interface AddressRange {
  /** Shortest notation, with the host bits masked; a single address has no prefix length. */
  readonly text: string;
  /** Returns false for text that is not an address. An IPv4-mapped IPv6 address counts as IPv4. */
  contains(address: string): boolean;
}

/** Compiles an IPv4 or IPv6 address or a CIDR range; null if the text is neither. */
export function compileAddressRange(text: string): AddressRange | null {
  const range = readRange(text);
  if (range === null) return null;
  const [network, bits] = range;
  return {
    text: rangeText(network, bits),
    contains(addressText) {
      const address = readAddress(addressText);
      return address !== null && address.kind() === network.kind() && address.match(network as never, bits);
    },
  };
}

/**
 * Parses a range into its shortest notation.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseAddressRange(field: string, text: string): string {
  const range = compileAddressRange(requireCleanText(field, text));
  if (range === null) throw badInput(field, `${field} must be an IPv4 or IPv6 address, or a CIDR range such as 192.0.2.0/24`);
  return range.text;
}

/**
 * Reads an address in the usual notation, an IPv4-mapped one as IPv4; null if the text is none.
 * `ipaddr.parse` would also take `10.1`, `012.1.2.3` and `167838211` for IPv4 addresses, and finds out the
 * kind by exceptions, which took a tenth of a handshake.
 */
function readAddress(text: string): Address | null {
  const address = readUnmapped(text);
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

function readUnmapped(text: string): Address | null {
  if (isIPv4(text)) return new ipaddr.IPv4(text.split('.').map(Number));
  return text.includes(':') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}

/** Reads a range. It has no zone (RFC 4007, section 11): a zone is a name of one host's own. */
function readRange(text: string): [Address, number] | null {
  const [addressText, bitsText, ...rest] = text.split('/') as [string, ...string[]];
  const address = addressText.includes('%') ? null : readUnmapped(addressText);
  if (address === null || rest.length > 0) return null;
  const width = widthOf(address);
  if (bitsText === undefined) return unmap(address, width);
  return /^(0|[1-9]\d{0,2})$/.test(bitsText) && Number(bitsText) <= width ? unmap(address, Number(bitsText)) : null;
}

/** Turns an IPv4-mapped range into IPv4. A range wider than all mapped addresses stays IPv6. */
function unmap(address: Address, bits: number): [Address, number] {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS
    ? [address.toIPv4Address(), bits - MAPPED_PREFIX_BITS]
    : [address, bits];
}

const widthOf = (address: Address): number => (address.kind() === 'ipv4' ? IPV4_BITS : IPV6_BITS);

function rangeText(network: Address, bits: number): string {
  const bytes = network.toByteArray().map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
  const masked = ipaddr.fromByteArray(bytes.map((byte) => byte & 0xff)).toString();
  return bits === widthOf(network) ? masked : `${masked}/${bits}`;
}
