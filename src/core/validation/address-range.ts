import ipaddr from 'ipaddr.js';
import { badInput } from '../domain/errors.js';
import { requireCleanText } from '../domain/text.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

const MAPPED_PREFIX_BITS = 96;

/** An address in the usual notation (no octal, hexadecimal or shortened IPv4, no zone), or null. */
function readAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return ipaddr.IPv4.parse(text);
  return text.includes(':') && !text.includes('%') && ipaddr.IPv6.isValid(text) ? ipaddr.IPv6.parse(text) : null;
}

function readRange(text: string): [Address, number] | null {
  const [addressText, bitsText, ...rest] = text.split('/') as [string, ...string[]];
  const address = readAddress(addressText);
  if (address === null || rest.length > 0) return null;
  const width = address.kind() === 'ipv4' ? 32 : 128;
  if (bitsText === undefined) return unmap(address, width);
  return /^(0|[1-9]\d{0,2})$/.test(bitsText) && Number(bitsText) <= width ? unmap(address, Number(bitsText)) : null;
}

// IPv4-mapped IPv6 counts as IPv4 (RFC 4291 section 2.5.5.2); a range wider than all mapped addresses stays IPv6.
function unmap(address: Address, bits: number): [Address, number] {
  return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= MAPPED_PREFIX_BITS
    ? [address.toIPv4Address(), bits - MAPPED_PREFIX_BITS]
    : [address, bits];
}

function mask(address: Address, bits: number): Address {
  const bytes = address.toByteArray().map((byte, i) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))));
  return ipaddr.fromByteArray(bytes.map((byte) => byte & 0xff));
}

/**
 * An IPv4 or IPv6 address, or a CIDR range with its host bits masked, in its shortest notation.
 * @throws TidingsError BAD_USER_INPUT
 */
export function parseSourceIp(field: string, text: string): string {
  const range = readRange(requireCleanText(field, text));
  if (range === null) throw badInput(field, `${field} must be an IPv4 or IPv6 address, or a CIDR range such as 192.0.2.0/24`);
  const [address, bits] = range;
  const masked = mask(address, bits).toString();
  return bits === (address.kind() === 'ipv4' ? 32 : 128) ? masked : `${masked}/${bits}`;
}
