import type { IncomingMessage } from 'node:http';
import { type Mode, modeOf, type Offer, readOffer } from '../../protocol/subprotocols.js';
import { Refusal } from './refusal.js';

/** What a handshake says of itself. */
export interface Attempt {
  token: string;
  origin: string | undefined;
  /** Of the peer, or what a proxy that is trusted says it is; maybe no address at all. */
  address: string;
  mode: Mode;
  /** The subprotocol to echo. */
  protocol: Offer['protocol'];
}

const BEARER = /^bearer(?:\s+(.*))?$/i;

/** The ways to give a token are the query, a Bearer and a subprotocol entry; exactly one may be used. */
export function readToken(request: IncomingMessage, query: URLSearchParams, offer: Offer): string {
  const given = [...query.getAll('token'), ...offer.tokens];
  for (const authorization of request.headersDistinct.authorization ?? []) {
    const bearer = BEARER.exec(authorization.trim());
    if (bearer) given.push(bearer[1] ?? '');
  }
  const names = [...query.keys()];
  if (given.length > 1 || new Set(names).size < names.length) throw new Refusal('token-twice');
  if (!given[0]) throw new Refusal('token-missing');
  return given[0];
}

/** @param address see {@link Attempt.address} */
export function readAttempt(request: IncomingMessage, query: URLSearchParams, address: string): Attempt {
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
