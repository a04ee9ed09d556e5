import type { IncomingMessage } from 'node:http';
import { type Mode, modeOf, type Offer, readOffer } from '../../protocol/subprotocols.js';
import { Refusal } from './refusal.js';

/** What a handshake says of itself. */
export interface Attempt {
  token: string;
  origin: string | undefined;
  /** Of the peer, or what a proxy that is trusted says it is; maybe no address at all. Found out only where a token asks for it. */
  address(): string;
  mode: Mode;
  /** The subprotocol to echo. */
  protocol: Offer['protocol'];
}

/** What nearly all clients send: nothing to decode, nothing twice. */
const TOKEN_ALONE = /^token=([\w.-]*)$/;
const BEARER = /^bearer(?:\s+(.*))?$/i;

/** The ways to give a token are the query, a Bearer and a subprotocol entry; exactly one may be used. */
function readToken(request: IncomingMessage, query: string, offer: Offer): string {
  const given = [...tokensIn(query), ...offer.tokens];
  // Node keeps the first of several Authorization headers and drops the others; here each of them counts.
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

/** @param address see {@link Attempt.address} */
export function readAttempt(request: IncomingMessage, query: string, address: Attempt['address']): Attempt {
  const offer = readOffer(request.headers['sec-websocket-protocol']);
  // None of what is left could be echoed, and a browser fails a handshake in which nothing is.
  if (offer.tokens.length > 0 && offer.protocol === null) throw new Refusal('token-alone');
  return {
    token: readToken(request, query, offer),
    origin: request.headers.origin,
    address,
    mode: modeOf(offer.protocol),
    protocol: offer.protocol,
  };
}
