import type { IncomingMessage } from 'node:http';
import { type Mode, modeOf, type Offer, readOffer } from '../../protocol/subprotocols.js';
import { Refusal } from './refusal.js';

/** Holds what a handshake says of itself. */
export interface Attempt {
  token: string;
  origin: string | undefined;
  /**
   * Returns the peer's address, or what a trusted proxy says it is, which may be no address at all. Called
   * only where a token asks for it: it is a system call, or parsing.
   */
  address(): string;
  mode: Mode;
  /** The subprotocol to echo; null if there is none. */
  protocol: Offer['protocol'];
}

/** Matches the query that nearly all clients send: nothing to decode, nothing twice. */
const TOKEN_ALONE = /^token=([\w.-]*)$/;
const BEARER = /^bearer(?:\s+(.*))?$/i;

/** Reads the token from the query, a Bearer or a subprotocol entry. Exactly one of them may be used. */
function readToken(request: IncomingMessage, query: string, offer: Offer): string {
  const given = [...tokensIn(query), ...offer.tokens];
  // Node keeps the first of several Authorization headers and drops the others. Here each of them counts.
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.toLowerCase() !== 'authorization') continue;
    const bearer = BEARER.exec(rawHeaders[i + 1]?.trim() ?? '');
    if (bearer) given.push(bearer[1] ?? '');
  }
  if (given.length > 1) throw new Refusal('token-twice');
  if (!given[0]) throw new Refusal('token-missing');
  return given[0];
}

function tokensIn(query: string): readonly string[] {
  const alone = TOKEN_ALONE.exec(query);
  if (alone) return [alone[1] as string];
  const parameters = new URLSearchParams(query);
  const names = [...parameters.keys()];
  if (new Set(names).size < names.length) throw new Refusal('token-twice');
  return parameters.getAll('token');
}

/**
 * Reads a handshake.
 * @param address see {@link Attempt.address}
 * @throws Refusal
 */
export function readAttempt(request: IncomingMessage, query: string, address: Attempt['address']): Attempt {
  const offer = readOffer(request.headers['sec-websocket-protocol']);
  // No entry could be echoed, and a browser fails a handshake in which none is.
  if (offer.tokens.length > 0 && offer.protocol === null) throw new Refusal('token-alone');
  return {
    token: readToken(request, query, offer),
    origin: request.headers.origin,
    address,
    mode: modeOf(offer.protocol),
    protocol: offer.protocol,
  };
}
