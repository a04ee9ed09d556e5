/** Mode of a connection. `plain`: texts alone, receipts by pong. `v1`: JSON frames, receipts by ack. */
export type Mode = 'plain' | 'v1';

const PLAIN = 'tidings.plain';
export const V1 = 'tidings.v1';
/** Prefix of an offered entry that carries the token. Such an entry is never echoed. */
const TOKEN_PREFIX = 'tidings.token.';

export interface Offer {
  /** Protocol to echo: the first known one that the client named; null if it named none. */
  protocol: typeof PLAIN | typeof V1 | null;
  /** Tokens of the token entries. */
  tokens: string[];
}

/**
 * Reads the subprotocols that a client offers.
 * @param header value of `Sec-WebSocket-Protocol`
 */
export function readOffer(header: string | undefined): Offer {
  const offer: Offer = { protocol: null, tokens: [] };
  if (header === undefined) return offer;
  for (const part of header.split(',')) {
    const name = part.trim();
    if (name.startsWith(TOKEN_PREFIX)) offer.tokens.push(name.slice(TOKEN_PREFIX.length));
    else if (offer.protocol === null && (name === PLAIN || name === V1)) offer.protocol = name;
  }
  return offer;
}

/** Tells whether the client named `tidings.v1`, be it the one to echo or not. */
export const offersV1 = (header: string | undefined): boolean => (header ?? '').split(',').some((part) => part.trim() === V1);

export const modeOf = (protocol: Offer['protocol']): Mode => (protocol === V1 ? 'v1' : 'plain');

/** Names a mode as the API does. */
export const protocolOf = (mode: Mode): 'PLAIN' | 'V1' => (mode === 'v1' ? 'V1' : 'PLAIN');
