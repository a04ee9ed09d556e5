import { BlockList, isIPv4, isIPv6 } from 'node:net';
import ipaddr from 'ipaddr.js';
import { type AddressRange, compileAddressRange } from '../address-range.js';
import {
  type Block,
  EMBEDDINGS,
  GLOBAL_IPV4,
  GLOBAL_IPV6,
  GLOBAL_UNICAST_IPV6,
  ISATAP_BYTES,
  SPECIAL_IPV4,
  SPECIAL_IPV6,
} from './special-addresses.js';

/** What is known of an address. */
export interface Reach {
  /** It is a globally reachable unicast address. */
  readonly global: boolean;
  /** The operator lists it: then scheme and port are free, too. */
  readonly listed: boolean;
}

export interface AddressPolicy {
  /** False if the operator lists nothing: then only global addresses can be reached. */
  readonly listsSome: boolean;
  /** Judges an address as a socket or a resolver writes it. What is no such address is out of reach. */
  judge(address: string): Reach;
}

function blockList(blocks: readonly Block[]): BlockList {
  const list = new BlockList();
  for (const block of blocks) {
    const [network = '', bits] = block.split('/');
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}

const special4 = blockList(SPECIAL_IPV4);
const global4 = blockList(GLOBAL_IPV4);
const unicast6 = blockList([GLOBAL_UNICAST_IPV6]);
const special6 = blockList(SPECIAL_IPV6);
const global6 = blockList(GLOBAL_IPV6);
const embeddings = EMBEDDINGS.map(({ block, at, invertedAt }) => ({ list: blockList([block]), at, invertedAt }));

const isGlobal4 = (address: string) => global4.check(address, 'ipv4') || !special4.check(address, 'ipv4');
const isGlobal6 = (address: string) =>
  unicast6.check(address, 'ipv6') && (global6.check(address, 'ipv6') || !special6.check(address, 'ipv6'));

const fourBytes = (bytes: readonly number[], at: number): string => bytes.slice(at, at + 4).join('.');

/** Lists the IPv4 addresses that an IPv6 address leads to, if it does; null if it is one by itself. */
function carriedBy(address: string, bytes: readonly number[]): string[] | null {
  for (const { list, at, invertedAt } of embeddings) {
    if (!list.check(address, 'ipv6')) continue;
    const carried = at.map((place) => fourBytes(bytes, place));
    if (invertedAt === undefined) return carried;
    return [
      ...carried,
      fourBytes(
        bytes.map((byte) => byte ^ 0xff),
        invertedAt,
      ),
    ];
  }
  return null;
}

const isIsatap = (bytes: readonly number[]) => ISATAP_BYTES.some((id) => id.every((byte, i) => bytes[8 + i] === byte));

const NOWHERE: Reach = { global: false, listed: false };

/**
 * Compiles what webhooks may reach: globally reachable unicast addresses, and the operator's ranges. An IPv4
 * address inside an IPv6 one is judged as IPv4. See docs/design/webhooks.md.
 *
 * @param ranges addresses and CIDR ranges that are allowed although they are not global
 */
export function compileAddressPolicy(ranges: readonly string[]): AddressPolicy {
  const allowed = ranges.map(compileAddressRange).filter((range): range is AddressRange => range !== null);
  const isListed = (address: string) => allowed.some((range) => range.contains(address));

  function judge6(address: string): Reach {
    const bytes = ipaddr.IPv6.parse(address).toByteArray();
    const carried = carriedBy(address, bytes);
    const global = carried === null ? isGlobal6(address) : carried.every(isGlobal4);
    return {
      global: global && !(isIsatap(bytes) && !isGlobal4(fourBytes(bytes, 12))),
      listed: isListed(address) || (carried?.every(isListed) ?? false),
    };
  }

  return {
    listsSome: allowed.length > 0,
    judge(address) {
      if (isIPv4(address)) return { global: isGlobal4(address), listed: isListed(address) };
      // A zone is a name of one host's own (RFC 4007, section 11).
      return isIPv6(address) && !address.includes('%') ? judge6(address) : NOWHERE;
    },
  };
}
