/** A block of addresses: its network, and the number of its leading bits that count. */
export type Block = string;

/**
 * IPv4 addresses that are not globally reachable, or no unicast: IANA's IPv4 Special-Purpose Address Registry
 * (iana-ipv4-special-registry), with multicast (RFC 5771). Its blocks that are globally reachable inside one
 * that is not stand in GLOBAL_IPV4.
 */
export const SPECIAL_IPV4: readonly Block[] = [
  '0.0.0.0/8', // "this network", RFC 791
  '10.0.0.0/8', // private use, RFC 1918
  '100.64.0.0/10', // shared address space, RFC 6598
  '127.0.0.0/8', // loopback, RFC 1122
  '169.254.0.0/16', // link local, RFC 3927
  '172.16.0.0/12', // private use, RFC 1918
  '192.0.0.0/24', // IETF protocol assignments, RFC 6890
  '192.0.2.0/24', // documentation, RFC 5737
  '192.88.99.0/24', // 6to4 relay anycast, deprecated by RFC 7526
  '192.168.0.0/16', // private use, RFC 1918
  '198.18.0.0/15', // benchmarking, RFC 2544
  '198.51.100.0/24', // documentation, RFC 5737
  '203.0.113.0/24', // documentation, RFC 5737
  '224.0.0.0/4', // multicast, RFC 5771
  '240.0.0.0/4', // reserved, RFC 1112; limited broadcast, RFC 8190
];

export const GLOBAL_IPV4: readonly Block[] = [
  '192.0.0.9/32', // port control protocol anycast, RFC 7723
  '192.0.0.10/32', // TURN anycast, RFC 8155
];

/** What IANA has assigned as global unicast (RFC 4291, section 2.4). Everything else is refused. */
export const GLOBAL_UNICAST_IPV6: Block = '2000::/3';

/** Parts of it that are not globally reachable: IANA's IPv6 registry (iana-ipv6-special-registry). */
export const SPECIAL_IPV6: readonly Block[] = [
  '2001::/23', // IETF protocol assignments, RFC 2928: benchmarking and the former ORCHID are in it
  '2001:db8::/32', // documentation, RFC 3849
  '3fff::/20', // documentation, RFC 9637
];

export const GLOBAL_IPV6: readonly Block[] = [
  '2001:1::1/128', // port control protocol anycast, RFC 7723
  '2001:1::2/128', // TURN anycast, RFC 8155
  '2001:1::3/128', // DNS-SD service registration anycast, RFC 9665
  '2001:3::/32', // automatic multicast tunnelling, RFC 7450
  '2001:4:112::/48', // AS112, RFC 7535
  '2001:20::/28', // ORCHIDv2, RFC 7343
  '2001:30::/28', // drone remote id entity tags, RFC 9374
];

/** Tells where IPv6 addresses carry an IPv4 address, and whether it alone says where a packet goes. */
export interface Embedding {
  block: Block;
  /** Places of the four bytes in the address; several if it carries several IPv4 addresses. */
  at: readonly number[];
  /** Set if the bytes are stored inverted. */
  invertedAt?: number;
}

export const EMBEDDINGS: readonly Embedding[] = [
  { block: '::ffff:0:0/96', at: [12] }, // IPv4-mapped, RFC 4291
  { block: '64:ff9b::/96', at: [12] }, // NAT64, RFC 6052
  { block: '2002::/16', at: [2] }, // 6to4, RFC 3056
  { block: '2001::/32', at: [4], invertedAt: 12 }, // Teredo: server and client, RFC 4380
];

/** Interface identifiers of ISATAP (RFC 5214), whose last four bytes are an IPv4 address, in any network. */
export const ISATAP_BYTES: readonly (readonly number[])[] = [
  [0x00, 0x00, 0x5e, 0xfe],
  [0x02, 0x00, 0x5e, 0xfe],
];
