import type { IncomingMessage } from 'node:http';
import { isIP, isIPv4 } from 'node:net';
import { LRUCache } from 'lru-cache';
import { type ClientFacts, USER_AGENT_CHARS } from '../../core/domain/activity.js';

/** Keeps this many characters of an `Origin`, which no browser fills. */
const ORIGIN_CHARS = 512;
/** Begins an IPv4 address in the notation of IPv6. */
const MAPPED = '::ffff:';

/** Keeps one string of each that many clients send. */
const known = new LRUCache<string, string>({ max: 2_000 });

/**
 * Reads what a handshake tells of its client, for those who ask who is there.
 * @param address of the client, which may be no address at all
 */
export const clientFacts = ({ headers }: IncomingMessage, address: string): ClientFacts => ({
  sourceIp: plainAddress(address),
  origin: shared(headers.origin, ORIGIN_CHARS),
  userAgent: shared(headers['user-agent'], USER_AGENT_CHARS),
});

function plainAddress(address: string): string | null {
  const rest = address.startsWith(MAPPED) ? address.slice(MAPPED.length) : '';
  if (isIPv4(rest)) return rest;
  return isIP(address) === 0 ? null : address;
}

function shared(text: string | undefined, chars: number): string | null {
  if (text === undefined || text === '') return null;
  const cut = text.slice(0, chars);
  const found = known.get(cut);
  if (found === undefined) known.set(cut, cut);
  return found ?? cut;
}
